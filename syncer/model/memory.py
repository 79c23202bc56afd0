"""What the ledger remembers: time, never what Asana looks like."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncer.model.state import UserKey


@dataclass(frozen=True, slots=True)
class Absence:
    """Since when, and in how many runs, an Asana user has been a leaver."""

    since: datetime
    runs: int


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs saw. Empty when there is no ledger yet.

    `seen` are the addresses the directory ever had; `ids` maps directory keys to SCIM ids,
    `key_attribute` is the attribute that was the directory key then (after
    `core.names.attribute_key`), None where the ledger did not note it. `former_ids` has the ids
    of earlier directory keys, by attribute. `absences` is keyed by SCIM id.
    `recent_deactivations` counts those inside the guards' window. `last_people` is the
    size of the directory at the last good run. `administrators` are the SCIM ids of those who
    were Asana's administrators when that could last be read, `administrators_at`. `elsewhere`
    names the other tenant that a ledger is about, of whose people nothing is known then.
    """

    seen: frozenset[UserKey] = frozenset()
    ids: Mapping[str, str] = field(default_factory=dict)
    key_attribute: str | None = None
    former_ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    absences: Mapping[str, Absence] = field(default_factory=dict)
    recent_deactivations: int = 0
    last_people: int | None = None
    last_good_run: datetime | None = None
    administrators: frozenset[str] = frozenset()
    administrators_at: datetime | None = None
    exists: bool = False
    elsewhere: str = ""
