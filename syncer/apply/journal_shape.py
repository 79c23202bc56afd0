"""The shape of a journal's lines: what is read from one is what a run may have written.

Whoever edits a journal can make its digests agree again. Then it is refused for what it says, and
nothing that reads it needs to expect a list where a name stands.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from syncer.apply.evidence import NOT_ASKED
from syncer.model.outcome import MemberResult, Result

_Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _known(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _numbers(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_number, value.values()))


def _attributes(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict) and all(_known(one) or _truth(one) for one in value.values())
    )


def _one_of(words: frozenset[str]) -> _Check:
    return lambda value: _text(value) and value in words


def _members(value: Any) -> bool:
    return isinstance(value, list) and all(map(_member, value))


def _member(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _text(value.get("user"))
        and _known(value.get("scim_id"))
        and _one_of(_MEMBER_RESULTS)(value.get("result", NOT_ASKED))
    )


_MEMBER_RESULTS: Final = frozenset({NOT_ASKED, *map(str, MemberResult)})

_VALUES: Final[Mapping[str, _Check]] = {
    **dict.fromkeys(
        (
            "entry", "at", "ref", "kind", "user", "team", "detail", "stopped", "with", "by",
            "previous", "status", "run_id", "host", "version", "config_digest",
            "sources_digest", "plan_digest", "plan_checksum", "tenant", "follows",
        ),
        _text,
    ),
    **dict.fromkeys(("scim_id", "manager_id"), _known),
    **dict.fromkeys(("accepted", "unsure", "in_doubt", "adopted"), _truth),
    **dict.fromkeys(("attempt", "requests", "actions"), _number),
    **dict.fromkeys(("approvals", "labels", "resumes"), _texts),
    **dict.fromkeys(("before", "after"), _attributes),
    **dict.fromkeys(("add", "remove"), _members),
    "counts": _numbers,
    "result": _one_of(frozenset(map(str, Result))),
}  # fmt: skip
"""What stands under a key, in whatever line; keys of a later version are not looked at."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "intent": ("ref", "attempt"),
    "answer": ("ref", "attempt"),
    "outcome": ("ref", "result"),
    "footer": ("at",),
}
"""The keys without which a line says nothing."""


def is_entry(value: Mapping[str, Any]) -> bool:
    """Whether this may be a line of a journal."""
    kind = value.get("entry")
    if not isinstance(kind, str) or not all(key in value for key in _NEEDED.get(kind, ())):
        return False
    checked = ((check, value[key]) for key, check in _VALUES.items() if key in value)
    return all(check(one) for check, one in checked)
