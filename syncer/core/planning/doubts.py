"""Doubt about who is who, in words: what is wrong, and what to do. Decides nothing."""

from collections.abc import Iterable, Mapping
from typing import Final

from syncer.model.plan import UnknownSubject
from syncer.model.state import CurrentUser, DesiredState, DesiredUser, UserKey

_LOOK: Final = "look at the user in Asana's admin console"

UNREAD: Final = ("Asana lists this person in a form that could not be read", _LOOK)


def unknown_people(desired: DesiredState) -> Iterable[UnknownSubject]:
    """The people whom the directory left in doubt, as the plan lists them."""
    subjects = (
        UnknownSubject(
            subject=next(iter((*person.keys, *person.directory_keys)), str(person.origin)),
            what="person",
            reason=person.reason,
            hint=person.hint,
            origin=person.origin,
        )
        for person in desired.unknown
    )
    return sorted(subjects, key=lambda unknown: (unknown.subject, str(unknown.origin)))


def doubted_people(
    people: Iterable[DesiredUser], doubts: Mapping[UserKey, tuple[str, str]]
) -> Iterable[UnknownSubject]:
    """Those of the people about whom there are doubts: a reason and a hint each."""
    return (
        UnknownSubject(
            subject=person.user_name,
            what="person",
            reason=doubts[person.key][0],
            hint=doubts[person.key][1],
            origin=person.origin,
        )
        for person in people
        if person.key in doubts
    )


def several(users: Iterable[CurrentUser]) -> tuple[str, str]:
    """Several users where there should be one: what is wrong, and what to do."""
    found = {user.id: user for user in users}
    names = ", ".join(f"{user.user_name} (id {user.id})" for user in found.values())
    return (
        f"{len(found)} Asana users could be this person: {names}",
        "merge or deactivate the surplus user in Asana's admin console",
    )


def claimed(user: CurrentUser, others: list[str]) -> tuple[str, str]:
    """One user for several people: what is wrong, and what to do."""
    name = f"Asana user {user.user_name} (id {user.id})"
    if others:
        return (
            f"{name} is claimed by {', '.join(others)} too",
            "correct the directory key or the previous addresses in the directory",
        )
    return (
        f"{name} may be somebody else: another record in doubt names the same user",
        "correct the record in doubt",
    )


def formerly_numbered(user: CurrentUser) -> tuple[str, str]:
    """A number that may be of a former directory key, or lacks its zeros: what is wrong, and
    what to do."""
    name = f"{user.user_name} (id {user.id})"
    why = "and the number has other leading zeros, or may be one of a former directory.key"
    return (
        f"{name} has this person's number and another address, {why}",
        "correct employeeNumber or the address of that user in Asana's admin console",
    )


def unread_number(who: str) -> tuple[str, str]:
    """A person's number at a user whom nobody could read: what is wrong, and what to do."""
    reason = f"Asana lists {who} in a form that could not be read, with this person's number"
    return reason, _LOOK


def unread_like(who: str) -> tuple[str, str]:
    """A number like a person's at a user whom nobody could read: what is wrong, and what to do."""
    reason = (
        f"Asana lists {who} in a form that could not be read, with this person's number but for "
        "leading zeros, or with one of a former directory.key"
    )
    return reason, _LOOK


def unread_anybody(who: str) -> tuple[str, str]:
    """A user of whom nothing tells who it is: what is wrong, and what to do."""
    reason = (
        f"Asana lists {who} in a form that could not be read, the number neither: it may be this "
        "person under another address"
    )
    return reason, _LOOK


def contradicted(user: CurrentUser) -> tuple[str, str]:
    """A user whom the ledger alone takes for a person: what is wrong, and what to do."""
    name = f"Asana user {user.user_name} (id {user.id})"
    reason = f"the ledger says that {name} is this person, whose number and address are others"
    return (
        reason,
        "correct employeeNumber in Asana, or move the ledger away if the tenant is another one",
    )
