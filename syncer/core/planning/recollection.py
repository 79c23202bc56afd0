"""What the ledger may say about who is who, under the directory key of today.

The ids of people were noted under the attribute that was `directory.key` then. Numbers of
another kind of key may be equal and mean other people, so they never name anybody.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from syncer.core.hosts import is_loopback
from syncer.core.names import attribute_key
from syncer.model.memory import Memory
from syncer.model.plan import Notice
from syncer.model.policy.config import Config

_USUAL_PORTS: Final = {"https": 443, "http": 80}


def key_attribute(config: Config) -> str | None:
    """The attribute that is the directory key, as the ledger notes it; None without a key."""
    key = config.directory.key
    return None if key is None else attribute_key(key)


def tenant_key(tenant: str) -> str:
    """The tenant as the ledger notes it. A port of this very machine does not count: a stand-in
    is the same one wherever it listens."""
    parts = urlsplit(tenant)
    if not parts.hostname:
        return tenant
    port = "" if parts.port in {None, _USUAL_PORTS.get(parts.scheme)} else f":{parts.port}"
    host = "loopback" if is_loopback(parts.hostname) else f"{parts.hostname}{port}"
    return host + parts.path.rstrip("/")


def recalled(memory: Memory, config: Config) -> Memory:
    """The memory with the ids of today's directory key as `ids`, all others as `former_ids`.

    A ledger of an older version did not note the attribute: its ids count as today's.
    """
    today = key_attribute(config)
    if today is None or memory.key_attribute in {None, today}:
        return memory
    others = {memory.key_attribute or "": memory.ids, **memory.former_ids}
    return replace(memory, ids=others.pop(today, {}), key_attribute=today, former_ids=others)


def change_of_key(memory: Memory, config: Config, *, by_number: bool) -> Iterable[Notice]:
    """Say that the directory key is another attribute than the ledger's last run had.

    `by_number` tells that Asana's employeeNumber holds the directory key.
    """
    today = key_attribute(config)
    if today is None or memory.key_attribute in {None, today}:
        return
    means = "employeeNumber where the address agrees, and by address" if by_number else "address"
    yield Notice(
        subject="directory.key",
        text=f"changed from {memory.key_attribute} to {today}: the ledger's ids of "
        f"{memory.key_attribute} are not used; people are matched by {means}",
    )
