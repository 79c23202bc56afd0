"""Records that a reader could not read: somebody is there, and what still names that person."""

from collections.abc import Iterable
from dataclasses import dataclass

from syncer.core.directory.merge import place
from syncer.core.distinguished_names import dn_key
from syncer.core.names import folded, is_address, user_key
from syncer.model.directory import PeopleReading
from syncer.model.origin import Problem, Size
from syncer.model.state import UnknownPerson


@dataclass(frozen=True, slots=True)
class Unreadable:
    """People known only by name, and records that could be anybody's."""

    unknown: tuple[UnknownPerson, ...]
    unidentified: tuple[Problem, ...]


def unreadable_records(readings: Iterable[PeopleReading], *, keyed: bool) -> Unreadable:
    """What the record-level problems of the readings leave behind.

    `keyed` says that people have a directory key: without one, only an address names anybody.
    """
    problems = [
        problem
        for reading in readings
        for problem in reading.problems
        if problem.size is Size.RECORD
    ]
    problems.sort(key=lambda p: (place(p.origin) if p.origin else ("", 0), p.summary))
    unknown: list[UnknownPerson] = []
    unidentified: list[Problem] = []
    for problem in problems:
        keys = {user_key(name) for name in problem.identity if is_address(name)}
        numbers = {
            folded(name): name
            for name in problem.identity
            if keyed and not is_address(name) and dn_key(name) is None and name.strip()
        }
        if not keys and not numbers:
            unidentified.append(problem)
            continue
        unknown.append(
            UnknownPerson(
                tuple(sorted(keys)),
                tuple(numbers[key] for key in sorted(numbers)),
                problem.origin,
                reason_of(problem),
                problem.hint,
                shown=bool(keys),
                texts=(*sorted(keys), *problem.words),
            )
        )
    return Unreadable(tuple(unknown), tuple(unidentified))


def reason_of(problem: Problem) -> str:
    """The problem as one line, with its column."""
    return f"{problem.column}: {problem.summary}" if problem.column else problem.summary
