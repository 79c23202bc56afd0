"""What a client needs to know, and the clock and chance it lives by."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal, Protocol

RemovalForm = Literal["auto", "filter", "list"]
PatchForm = Literal["auto", "without_path", "with_path"]

PAGE_SIZE: Final = 100
"""Entries asked for per page: what the clients seen at work against Asana ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """How to reach one tenant.

    `requests_per_minute` is what this client may use, any share taken already; None sets no
    pace, for a tenant that is not Asana's. `share` is its part of the places in flight.
    `read_only` refuses everything but GET. `token` shows in no repr. `renew` reads the token anew
    from where it is kept, None where it cannot have changed.
    """

    base_url: str
    token: str = field(repr=False)
    user_agent: str = "syncer"
    requests_per_minute: float | None = 1500
    share: float = 1.0
    timeout_seconds: float = 60.0
    ca_bundle: str | None = None
    member_removal: RemovalForm = "auto"
    patch_form: PatchForm = "auto"
    read_only: bool = True
    renew: Callable[[], str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how long one request is tried; the waits are in seconds."""

    attempts: int = 5
    total_seconds: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 30.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Clock, sleep and chance, handed in so that tests take no time.

    `clock` is monotonic and in seconds; `now` is the wall clock, which only a `Retry-After`
    with a date is held against; `chance` yields numbers from 0 to 1.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    now: Callable[[], datetime] = _utc_now


class Events(Protocol):
    """Where the events of a run go: a level, a dotted name, and fields."""

    def __call__(self, level: str, name: str, /, **fields: object) -> None:
        """Take one event."""


def no_events(_level: str, _name: str, /, **_fields: object) -> None:
    """Take an event and keep it to oneself."""
