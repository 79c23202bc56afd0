"""Secrets of a config: each is named, none stands in it, and no message repeats one."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from syncer.config.finding import Finding, Plain
from syncer.core.locations import Location

_PLACES: Final = (
    ("asana", "token"),
    ("metrics", "pushgateway"),
    ("notifications", "urls"),
    ("notifications", "ping"),
)
_ENVIRONMENT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOW: Final = "write {{env: NAME}} or {{file: PATH}}; {0} itself never stands in the config"
_TOKEN: Final = "the token"  # noqa: S105 - what it is called


def holds_secret(location: Sequence[str | int]) -> bool:
    """Whether a secret may stand here by mistake, so that the model's own words would show it."""
    return tuple(location[:2]) in _PLACES or "password" in location


def secret_findings(secret: Plain, at: Location, what: str = _TOKEN) -> Iterator[Finding]:
    """The one judge of what should name a secret: the model's own words would repeat it."""
    how = _HOW.format(what)
    if not isinstance(secret, dict):
        summary = "a secret must not stand in the config"
        if secret is None:
            summary = "must not be empty"
        elif "${" in secret:
            summary = "${...} is not replaced by anything in a config"
        yield Finding(at, summary, how)
        return
    if len(secret) != 1 or not secret.keys() <= {"env", "file"}:
        yield Finding(at, "must name exactly one of env and file", how)
        return
    (kind, name), *_ = secret.items()
    if not isinstance(name, str) or not name:
        yield Finding((*at, kind), "must be a text that is not empty", how)
    elif kind == "env" and not _ENVIRONMENT_NAME.fullmatch(name):
        summary = "is not the name of an environment variable"
        yield Finding((*at, kind), summary, how)
