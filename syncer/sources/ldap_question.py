"""What is asked of a directory server and what it answers; knows no library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from syncer.model.policy.directory import LdapSource


class LdapError(Exception):
    """A search that cannot be trusted to be whole: what happened, and what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries below a base, and which of their attributes."""

    filter: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """One entry as the server sent it, its attributes in the server's own spelling."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """All entries, each with the address of its server, and the referrals that were not
    followed though people may be missed."""

    entries: list[tuple[str, Sent]] = field(default_factory=list)
    unfollowed: list[str] = field(default_factory=list)


class LiveDirectory(Protocol):
    """Asks directory servers."""

    def ask(self, source: LdapSource, question: Question) -> Answer:
        """The whole answer. Raises LdapError when it may not be whole, or cannot be had."""
