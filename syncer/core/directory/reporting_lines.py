"""Managers: from the reference in the directory to the address of a desired person.

Whoever cannot be resolved is told of once per manager, and the attribute is left alone: a
manager outside scope is no reason to change anything about the people who report to them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from syncer.core.directory.merge import Person, place
from syncer.core.directory.references import AMBIGUOUS, PeopleIndex
from syncer.model.origin import Origin, Problem, Size
from syncer.model.state import MANAGER, UserKey


@dataclass(frozen=True, slots=True)
class Managers:
    """Managers by index of the person: a key, or "" to clear. Missing ones are left alone."""

    of: Mapping[int, str]
    notices: tuple[Problem, ...]


def resolve_managers(
    reports: Iterable[tuple[int, str]],
    persons: Sequence[Person],
    standing: Mapping[int, str],
    index: PeopleIndex,
) -> Managers:
    """Everybody's manager.

    `reports` are desired people, by index, with the manager as the directory wrote it.
    `standing` says by index of a person why that person cannot be a manager in Asana, ""
    when there is nothing against it.
    """
    found: dict[int, int] = {}
    resolved: dict[int, str] = {}
    trouble: dict[tuple[str, str], list[Origin]] = defaultdict(list)
    known: dict[str, int | None] = {}
    for person, reference in reports:
        if not reference:
            resolved[person] = ""
            continue
        if reference not in known:
            known[reference] = index.find(reference)
        manager = known[reference]
        objection = objection_to(manager, person, standing)
        if manager is None or objection:
            trouble[reference, objection].append(persons[person].origin)
            continue
        found[person] = manager
        resolved[person] = persons[manager].key
    notices = [
        *(
            _trouble_notice(reference, what, origins)
            for (reference, what), origins in trouble.items()
        ),
        *_cycles(found, persons),
    ]
    return Managers(resolved, tuple(sorted(notices, key=_order)))


def objection_to(manager: int | None, person: int, standing: Mapping[int, str]) -> str:
    """Why the one found cannot be this person's manager; empty when nothing is against it."""
    if manager is None:
        return "is not in the directory"
    if manager == AMBIGUOUS:
        return "could be several people"
    if manager == person:
        return "is the person himself or herself"
    return standing.get(manager, "")


def _trouble_notice(reference: str, objection: str, origins: list[Origin]) -> Problem:
    origin = min(origins, key=place)
    others = f" (and for {len(origins) - 1} more people)" if len(origins) > 1 else ""
    return Problem(
        origin,
        f"manager '{reference}' {objection}; left as it is in Asana{others}",
        column=MANAGER,
        size=Size.NOTICE,
    )


def _cycles(manager_of: Mapping[int, int], persons: Sequence[Person]) -> list[Problem]:
    """A notice for each circle of people who manage each other; the managers are set all the
    same, for the directory says so."""
    notices = []
    colour: dict[int, int] = {}
    for start in sorted(manager_of):
        path: list[int] = []
        here: int | None = start
        while here is not None and here not in colour:
            colour[here] = start
            path.append(here)
            here = manager_of.get(here)
        if here is not None and colour[here] == start and here in path:
            circle = path[path.index(here) :]
            keys: list[UserKey] = sorted(persons[number].key for number in circle)
            origin = min((persons[number].origin for number in circle), key=place)
            summary = f"these people manage each other in a circle: {', '.join(keys)}"
            notices.append(Problem(origin, summary, column=MANAGER, size=Size.NOTICE))
    return notices


def _order(problem: Problem) -> tuple[tuple[str, int], str]:
    return (place(problem.origin) if problem.origin else ("", 0), problem.summary)
