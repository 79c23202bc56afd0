"""Why what is taken from people waits, in words: a doubt that reaches further than one person."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from syncer.core.planning.organization import Hidden
from syncer.core.planning.pairs import Untraced
from syncer.core.planning.suspicion import Suspect, suspect
from syncer.model.actions import Action, DeactivateUser, SetLicense
from syncer.model.origin import Origin, Problem
from syncer.model.state import DesiredUser, UnknownPerson, UserKey

_PLACES: Final = 3
_ABOUT: Final = ("a record in doubt", "may be about this user: the names are alike")


def unidentified(problems: tuple[Problem, ...]) -> str:
    """Why removals wait; empty when every record of the directory could be identified."""
    if not problems:
        return ""
    which = _records([problem.origin for problem in problems])
    return f"{which[0]} could be anybody's{which[1]}: the leaver may be one of them"


def untraced(people: Iterable[UnknownPerson]) -> str:
    """Why people without a record wait; empty when all doubt is about known users.

    A person whose record is in doubt may be in Asana under an address that the record does not
    show any more.
    """
    origins = [person.origin for person in people]
    if not origins:
        return ""
    which = _records(origins)
    lost = "could not be found in Asana for certain"
    return f"{which[0]} in doubt{which[1]} {lost}: the leaver may be one of them"


def suspects(people: Iterable[Untraced], domains: frozenset[str]) -> tuple[Suspect, ...]:
    """The records in doubt that are known to be about somebody, with why the like of them wait."""
    return tuple(
        suspect(one.person, domains, f"{_ABOUT[0]} ({one.person.origin}) {_ABOUT[1]}")
        for one in people
        if one.identified
    )


def nameless(joiners: Mapping[UserKey, DesiredUser]) -> str:
    """Why people without a record wait while no key links a new address to an old one."""
    if not joiners:
        return ""
    who, has = ("1 person", "has") if len(joiners) == 1 else (f"{len(joiners)} people", "have")
    return (
        f"directory.key changed, and {who} of the directory {has} no Asana user by address: "
        "the leaver may be one of them"
    )


def _records(origins: Sequence[Origin | None]) -> tuple[str, str]:
    """How many records, and where the first of them stand."""
    places = [str(origin) for origin in origins if origin][:_PLACES]
    where = f" ({', '.join(places)}{', ...' if len(origins) > _PLACES else ''})"
    number = "1 record" if len(origins) == 1 else f"{len(origins)} records"
    return number, where if places else ""


def taking(actions: Iterable[Action], hidden: Hidden) -> dict[str, str]:
    """The actions that take something from whoever may be an administrator, with why they wait."""
    taken = [
        action
        for action in actions
        if isinstance(action, DeactivateUser)
        or (isinstance(action, SetLicense) and action.downgrade)
    ]
    lost = f"this user may be an administrator of Asana who could not be found: {hidden.lost}"
    why = hidden.doubt or lost
    return {action.ref: why for action in taken if hidden.may_administer(action.scim_id)}
