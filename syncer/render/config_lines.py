"""Lines of a commented config: what is set as it is set, everything else as a comment.

A line such as `#ledger: ...` is YAML to switch on by taking away its `#`; prose has a blank
after the `#`. A test takes them all away and loads the result.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from syncer.model.policy.limits import GUARD_DEFAULTS
from syncer.render.yaml_text import prose

Given = Mapping[str, str]
"""The keys of a section that are set, each with its value as YAML."""

_NOTES_AT: Final = 42
_GUARD_NOTES_AT: Final = 51


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section: its name, the value to show while it is not set, and a note."""

    name: str
    shown: str
    note: str = ""


_RATE: Final = (
    Key("requests_per_minute", "1500"),
    Key("share", "1.0"),
    Key("timeout_seconds", "60"),
    Key("ca_bundle", "null", "where a proxy inspects TLS: its certificates"),
    Key("member_removal", "auto", "auto | filter | list: the wire form of a removal"),
)
_LICENSES: Final = (
    Key("default", "view only", "for new people no rule speaks of"),
    Key("seats", "{enterprise: 500}", "so many may be used at most"),
    Key("when_full", "hold", "hold | view only"),
    Key("downgrade", "true"),
)
_LIFECYCLE: Final = (
    Key("leavers", "deactivate", "deactivate | view only | report"),
    Key("grace", "{days: 0, runs: 1}", "absent for so many days and runs first"),
    Key("reactivate", "manual", "manual | attempt"),
    Key("authority", "domains", "domains | known"),
    Key("address_cycles", "manual", "temporary: two people who swap pass by a third address"),
)
_PROTECTED: Final = (
    Key("users", '["breakglass@example.com", "svc-*@example.com"]'),
    Key("teams", '["Executive*"]'),
    Key("administrators", "true", "Asana's own, where the token may read who they are"),
)


def share_lines(given: Given) -> Iterator[str]:
    """What SCIM hides, and how hard to lean on Asana: the end of the `asana:` section."""
    yield from prose(
        "What SCIM hides (administrators, guests, invitations) is read over REST where the token "
        "may: auto finds the organization; its number names it; null asks for nothing."
    )
    yield from _lines((Key("workspace", "auto"),), given)
    yield from prose(
        "Asana's rate for a token, and how much of it to use, to leave room for other "
        "integrations."
    )
    yield from _lines(_RATE, given)


def license_lines(given: Given, rules: tuple[str, ...]) -> Iterator[str]:
    """The section of licences; without rules it is a comment as a whole."""
    yield "# Licences. Without this section they are not managed."
    example = ("{license: enterprise, when: \"'asana-editors' in groups\"}",)
    yield "licenses:" if rules else "#licenses:"
    yield from _lines(_LICENSES[:1], given)
    yield "  rules:" if rules else "#  rules:"
    yield from (f"{'' if rules else '#'}    - {rule}" for rule in rules or example)
    yield from _lines(_LICENSES[1:], given)


def lifecycle_lines(given: Given, *further: str) -> Iterator[str]:
    """The section of people who leave; `further` are lines of prose about it."""
    yield "# People who left the directory. Asana cannot bring deactivated people back over SCIM."
    yield from further
    yield from _section("lifecycle", _LIFECYCLE, given)


def protected_lines(given: Given, *further: str) -> Iterator[str]:
    """The section of what is never changed; `further` are entries of `users`."""
    yield "# Never changed, whatever the directory says. Name your emergency accounts here."
    if not further:
        yield from _section("protected", _PROTECTED, given)
        return
    yield "protected:"
    yield "  users:"
    yield from further
    yield from _lines(_PROTECTED[1:], given)


def guard_lines(given: Given) -> Iterator[str]:
    """The guards."""
    yield "# Limits on every plan. Past one of them nothing is changed until a person agrees."
    yield "guards:" if given else "#guards:"
    for name, limits in GUARD_DEFAULTS.items():
        values = ", ".join(
            f"{key}: {'null' if limit is None else f'{limit:g}'}" for key, limit in limits.items()
        )
        note = "for each team" if name == "remove_members" else ""
        yield _line(Key(name, f"{{{values}}}", note), given, notes_at=_GUARD_NOTES_AT)
    yield from _lines(_GUARD_ENDS, given)


_GUARD_ENDS: Final = (
    Key("window_days", "7", "deactivations of the last days count too"),
    Key("on_violation", "refuse", "refuse | hold: hold keeps removals back, does the rest"),
)


_APPROVAL: Final = (
    "Changes that always wait for a person, however few they are.",
    Key("approval", "{deactivate: false, rename: false}"),
)
_POLICY: Final = (
    Key("name", "quiet-friday"),
    Key("forbid", "\"removal and weekday == 'Friday'\""),
    Key("message", "no removals on Friday"),
    Key("on_violation", "hold", "refuse | hold; without it what guards.on_violation says"),
)
_METRICS: Final = (
    Key("textfile", "/var/lib/prometheus/node-exporter/syncer.prom"),
    Key("pushgateway", "http://pushgateway:9091", "with a password: {env: NAME}"),
    Key("timeout_seconds", "10"),
)
_NOTIFICATIONS: Final = (
    Key("urls", "[{env: SYNCER_NOTIFY_URLS}]", "or {file: PATH}; a URL never stands here"),
    Key("about", "[failure, refused, overdue, held, recovery]"),
    Key("commands", "[apply]", "plan too where that is what is scheduled"),
    Key("overdue_hours", "26", "nothing has succeeded for so long; null for never"),
    Key("mask", "true", "hide the local part of every address"),
    Key("ping", "{env: SYNCER_PING_URL}", "a URL to fetch after each success"),
    Key("timeout_seconds", "15"),
)
_LAST: Final = (
    (
        "So many failures one after the other end a run: it is no longer one person's bad record.",
        Key("apply", "{failures_in_a_row: 10}"),
    ),
    (
        "When 'syncer health' says that something is wrong.",
        Key("health", "{max_age_hours: 26, max_run_hours: 6}"),
    ),
    (
        "The local memory of time, and one journal for each run.",
        Key("ledger", "syncer-ledger.sqlite"),
    ),
)


def last_lines(given: Given) -> Iterator[str]:
    """What stands at the end: approvals, when to give up, and the files of our own."""
    yield from _told(*_APPROVAL, given)
    yield ""
    yield from policy_lines()
    for told, key in _LAST:
        yield from _told(told, key, given)
    yield _line(Key("journal", "journal"), given, indent="")
    yield from watching_lines()


def watching_lines() -> Iterator[str]:
    """Who hears of runs from afar, as comments: where that is only you can say."""
    yield ""
    yield "# What metrics and notifications call this tenant."
    yield _line(Key("name", "Example Ltd", "without it the first of asana.domains"), {}, indent="")
    yield "# Numbers about each run, for Prometheus."
    yield from _section("metrics", _METRICS, {})
    yield "# Messages where something changes, by apprise: Slack, Teams, e-mail, webhooks."
    yield from _section("notifications", _NOTIFICATIONS, {})


def policy_lines() -> Iterator[str]:
    """The section of policies, as a comment: what a plan may do is nothing that can be guessed."""
    yield from prose(
        "Rules of your own over the actions of a plan, judged with the guards. README.md has all "
        "names.",
        indent=0,
    )
    zone = Key("policy_timezone", "UTC", "whose weekday, date and hour, such as Europe/Berlin")
    yield _line(zone, {}, indent="")
    yield "#policy:"
    first, *others = _POLICY
    yield _line(first, {}, indent="  - ")
    for key in others:
        yield _line(key, {}, indent="    ")


def _told(told: str, key: Key, given: Given) -> Iterator[str]:
    yield ""
    yield f"# {told}"
    yield _line(key, given, indent="")


def _section(name: str, keys: tuple[Key, ...], given: Given) -> Iterator[str]:
    yield f"{name}:" if given else f"#{name}:"
    yield from _lines(keys, given)


def _lines(keys: tuple[Key, ...], given: Given) -> Iterator[str]:
    return (_line(key, given) for key in keys)


def _line(key: Key, given: Given, *, indent: str = "  ", notes_at: int = _NOTES_AT) -> str:
    value = given.get(key.name)
    line = f"#{indent}{key.name}: {key.shown}" if value is None else f"{indent}{key.name}: {value}"
    return f"{line:<{notes_at - 1}} # {key.note}" if key.note else line
