"""Who watches the runs from afar: metrics to be collected, people to be notified."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from syncer.model.policy.base import Section
from syncer.model.policy.secrets import Secret

Topic = Literal["failure", "refused", "overdue", "held", "recovery"]
"""What is worth a notification, the gravest first."""

Watched = Literal["plan", "apply"]

LONGEST_ERRAND = 120.0
"""Seconds; a scheduler that stops a run politely waits less than that for it to end."""


class MetricsPolicy(Section):
    """The `metrics:` section. Without a place nothing is measured for anybody."""

    textfile: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="File for the textfile collector of Prometheus' node exporter, written whole "
        "at the end of each run. Its name ends with .prom.",
        examples=["/var/lib/prometheus/node-exporter/syncer.prom"],
    )
    pushgateway: str | Secret | None = Field(
        default=None,
        description="Address of a Prometheus Pushgateway. One with a user and a password is a "
        "secret: {env: NAME} or {file: PATH}.",
        examples=["http://pushgateway:9091"],
    )
    timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        le=LONGEST_ERRAND,
        description="Seconds after which a push is given up. It changes no exit code.",
    )


class NotificationPolicy(Section):
    """The `notifications:` section. Without a URL nobody is told."""

    urls: tuple[Secret, ...] = Field(
        default=(),
        description="Where notifications go, as URLs of apprise: Slack, Teams, e-mail, webhooks. "
        "Each entry names where one or more of them are kept, one a line: {env: NAME} or "
        "{file: PATH}.",
    )
    about: tuple[Topic, ...] = Field(
        default=get_args(Topic),
        description="What to tell, each once and not in every run: the first failure, what a "
        "guard refused, that nothing has succeeded for overdue_hours, removals that are held, "
        "that it works again.",
    )
    commands: tuple[Watched, ...] = Field(
        default=("apply",),
        description="The commands to tell of, and to ping for. A plan that somebody makes by hand "
        "would say that the schedule is alive; name plan where that is what is scheduled.",
    )
    overdue_hours: float | None = Field(
        default=26.0,
        gt=0,
        description="Hours without a success after which a further failure is told again, null "
        "for never. When no run starts at all only a ping that stays away can tell.",
    )
    mask: bool = Field(
        default=True, description="Whether to hide the local part of every address."
    )
    ping: Secret | None = Field(
        default=None,
        description="Where the URL is kept that is fetched after each success, for a dead-man's "
        "switch: {env: NAME} or {file: PATH}.",
    )
    timeout_seconds: float = Field(
        default=15.0,
        gt=0,
        le=LONGEST_ERRAND,
        description="Seconds after which sending and pinging are given up. It changes no exit "
        "code.",
    )
