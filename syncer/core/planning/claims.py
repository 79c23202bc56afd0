"""Who claims which users while people are matched."""

from collections.abc import Iterable, Sequence

from syncer.model.state import CurrentUser, DesiredUser

Claims = dict[str, DesiredUser | list[DesiredUser]]
"""Who claims a user, by SCIM id: nearly always one, so that a list is made for several alone."""


def contest(claims: Claims, scim_id: str, person: DesiredUser) -> None:
    """Note that the person claims a user whom somebody claims already."""
    first = claims[scim_id]
    claims[scim_id] = [*first, person] if isinstance(first, list) else [first, person]


def active_among(users: Iterable[CurrentUser]) -> Sequence[CurrentUser]:
    """Those of the users who are active."""
    return [user for user in users if user.active]
