"""Records of the directory that say why a user should not be in Asana."""

from collections.abc import Callable, Iterable, Mapping

from syncer.core.planning.roster import Roster
from syncer.model.state import CurrentUser, DesiredState, NotDesired, UserKey

Named = Callable[[Iterable[UserKey], Iterable[str | None]], tuple[CurrentUser, ...]]
"""The users whom addresses or directory keys name."""


def retired_users(desired: DesiredState, find: Named, roster: Roster) -> Mapping[str, NotDesired]:
    """The record by SCIM id of the user whom it retires."""
    # A record that names a user by directory key speaks louder than one that shares an address.
    found: dict[str, NotDesired] = {}
    ordered = sorted(
        desired.not_desired,
        key=lambda gone: (gone.keys, gone.directory_key or "", str(gone.origin)),
    )
    for gone in ordered:
        for user in find((), (gone.directory_key,)):
            found.setdefault(user.id, gone)
    for gone in ordered:
        for user in find(gone.keys, ()):
            if not roster.strangers(gone, user):
                found.setdefault(user.id, gone)
    return found
