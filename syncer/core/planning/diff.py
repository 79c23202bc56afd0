"""Compare one person with one Asana user. Only what the mapping manages is looked at."""

from collections.abc import Mapping

from syncer.core.names import names_nobody, same_text
from syncer.model.actions import FieldChange
from syncer.model.state import ATTRIBUTES, FORMATTED_NAME, MANAGER, CurrentUser, DesiredUser


def attribute_changes(
    want: Mapping[str, str],
    user: CurrentUser,
    create_only: frozenset[str],
    any_case: frozenset[str] = frozenset(),
) -> tuple[FieldChange, ...]:
    """What differs, in the order of `ATTRIBUTES`; the manager is compared elsewhere.

    An attribute that is not in `want` is left alone. "" in `want` empties the attribute.
    Surrounding blanks and Unicode composition make no difference, letter case does but in the
    attributes of `any_case`. A full name that is only the address is an empty one.
    """
    have = user.attributes
    unequal = [
        field for field, value in want.items() if have.get(field) != value and field != MANAGER
    ]
    if not unequal:
        return ()
    differing = (
        field
        for field in unequal
        if field not in create_only
        and not same_text(want[field], have.get(field, ""), any_case=field in any_case)
        and not (field == FORMATTED_NAME and not want[field] and _unnamed(user))
    )
    return tuple(
        FieldChange(field, have.get(field) or None, want[field] or None)
        for field in sorted(differing, key=ATTRIBUTES.index)
    )


def _unnamed(user: CurrentUser) -> bool:
    return names_nobody(user.attributes.get(FORMATTED_NAME, ""), user.user_name)


def initial_attributes(person: DesiredUser) -> tuple[FieldChange, ...]:
    """The attributes a new user is created with, without the manager."""
    return tuple(
        FieldChange(field, None, person.attributes[field])
        for field in ATTRIBUTES
        if field != MANAGER and person.attributes.get(field)
    )
