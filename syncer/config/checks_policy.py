"""What must hold of the policies before any is compiled: a name of its own, and a known zone."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from syncer.config.finding import Finding, Plain
from syncer.core.locations import Location


def policy_findings(rules: list[Plain], timezone: Plain) -> Iterator[Finding]:
    """Yield names that stand twice, messages without words, and a zone that nobody knows."""
    names: dict[str, Location] = {}
    for index, rule in enumerate(rules):
        if not isinstance(rule, dict):
            continue
        name, message = rule.get("name"), rule.get("message")
        at: Location = ("policy", index, "name")
        if isinstance(name, str) and (earlier := names.setdefault(name.casefold(), at)) != at:
            summary = f"policy '{name}' stands twice"
            yield Finding(at, summary, "a violation is known by this name", earlier)
        if isinstance(message, str) and not (message.strip() and message.isprintable()):
            place = ("policy", index, "message")
            yield Finding(place, "must be one line of text", "say what is forbidden, and to whom")
    if isinstance(timezone, str) and not is_zone(timezone):
        hint = "an IANA name, for example Europe/Berlin or UTC"
        yield Finding(("policy_timezone",), f"there is no time zone '{timezone}'", hint)


def is_zone(name: str) -> bool:
    """Whether this machine knows a time zone of this name."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True
