"""The words of who is who: pairs of a person and a user, and what stayed in doubt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from syncer.model.plan import UnknownSubject
from syncer.model.state import (
    CurrentUser,
    DesiredUser,
    NotDesired,
    UnknownPerson,
    UserKey,
)

BY_KEY: Final = "directory key"
"""The first of the tiers, by which nearly every pair is found."""


class Pair(NamedTuple):
    """One person and the Asana user who is that person.

    `keyed` tells that the directory key names the user, whatever address he gets.
    """

    desired: DesiredUser
    current: CurrentUser
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Untraced:
    """Somebody in doubt of whom no present address says for certain where he is in Asana.

    `identified` tells that the record has a key that finds an active user, or shows an address:
    then only who is like the record could be a second account of this person. Otherwise it
    could be anybody without a record.
    """

    person: UnknownPerson
    identified: bool


@dataclass(frozen=True, slots=True)
class Matching:
    """Who is who.

    `pairs` have an active user, `returners` a deprovisioned one, `joiners` none. `doubtful`
    gives, by SCIM id, why a user must be left alone; `retired` likewise the record of the
    directory that says why a user without a pair should not be in Asana. `untraced` are
    people in doubt who could be a user without a record. `owners` gives the person of each user
    who has a pair, by SCIM id; `tiers` says by what it was found, where not by the directory key;
    `candidates` are the SCIM ids of all who could be a person that this matching made unknown.
    """

    pairs: Mapping[UserKey, Pair]
    returners: Mapping[UserKey, Pair]
    joiners: Mapping[UserKey, DesiredUser]
    doubtful: Mapping[str, UnknownSubject]
    unknown: tuple[UnknownSubject, ...]
    retired: Mapping[str, NotDesired]
    untraced: tuple[Untraced, ...] = ()
    owners: Mapping[str, UserKey] = field(default_factory=dict)
    tiers: Mapping[UserKey, str] = field(default_factory=dict)
    candidates: Mapping[UserKey, frozenset[str]] = field(default_factory=dict)
