"""The tables of the ledger, one step for each version of them. It opens no file."""

from collections.abc import Sequence
from typing import Final

APPLICATION_ID: Final = 0x53594E43
"""Marks the file as ours, so that no other database is ever taken for a ledger."""

FIRST_SCHEMA: Final = """
    CREATE TABLE seen (address TEXT PRIMARY KEY, first_at TEXT NOT NULL, last_at TEXT NOT NULL);
    CREATE TABLE identities (directory_key TEXT PRIMARY KEY, scim_id TEXT NOT NULL);
    CREATE TABLE absences (
        scim_id TEXT PRIMARY KEY, user_name TEXT NOT NULL,
        since TEXT NOT NULL, runs INTEGER NOT NULL, last_run TEXT NOT NULL);
    CREATE TABLE deactivations (
        run_id TEXT NOT NULL, scim_id TEXT NOT NULL, user_name TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (run_id, scim_id));
    CREATE TABLE runs (
        run_id TEXT PRIMARY KEY, at TEXT NOT NULL, people INTEGER NOT NULL, good INTEGER NOT NULL);
"""

# The attribute that was `directory.key` when an id was noted; "" where nobody noted that.
_KEY_ATTRIBUTES: Final = """
    CREATE TABLE ids (
        key_attribute TEXT NOT NULL, directory_key TEXT NOT NULL, scim_id TEXT NOT NULL,
        last_at TEXT NOT NULL, PRIMARY KEY (key_attribute, directory_key));
    INSERT INTO ids SELECT '', directory_key, scim_id, '' FROM identities;
    DROP TABLE identities;
    ALTER TABLE ids RENAME TO identities;
"""

# Who was an administrator when that could last be read: should it be hidden one day, nobody of
# them may lose his protection by that.
ADMINISTRATORS_SINCE: Final = 3
_ADMINISTRATORS: Final = """
    CREATE TABLE administrators (scim_id TEXT PRIMARY KEY, last_at TEXT NOT NULL);
"""

# SCIM ids mean somebody in one tenant only: elsewhere the same id is another person.
TENANT_SINCE: Final = 4
_TENANT: Final = "CREATE TABLE tenant (name TEXT PRIMARY KEY);"

MIGRATIONS: Final[Sequence[str]] = (FIRST_SCHEMA, _KEY_ATTRIBUTES, _ADMINISTRATORS, _TENANT)
"""The step from each schema version to the next; a new schema is one more text."""
