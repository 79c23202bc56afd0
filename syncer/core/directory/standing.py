"""Decide for each person of the directory: wanted in Asana, not wanted, or in doubt.

Everybody ends in exactly one of the three. Doubt spreads to whoever shares an address or a
directory key with a record in doubt, for one of the two is not what it seems.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from syncer.core.directory.activity import Judge
from syncer.core.directory.licenses import license_of
from syncer.core.directory.mapping import (
    Mapper,
    UnmappableError,
    check_address,
    problem_of,
)
from syncer.core.directory.merge import Person
from syncer.core.directory.rules import Rules
from syncer.core.directory.scope import excluded_by, exclusion_reason
from syncer.core.language.expressions import EvaluationError, GroupNames
from syncer.core.names import folded
from syncer.model.origin import Problem
from syncer.model.state import MANAGER, UserKey

_PLACES: Final = 5


class Draft(NamedTuple):
    """A person who should be in Asana, but for references to other people.

    `manager` is still a reference as written; who finds him completes the attributes by him.
    """

    attributes: dict[str, str]
    manager: str | None
    license: str | None
    license_reason: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a person should not be in Asana: `kind` as in `NotDesired`."""

    kind: str
    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The three outcomes, by index of the person. The keys are disjoint and cover everybody."""

    drafts: dict[int, Draft]
    excluded: dict[int, Exclusion]
    doubts: dict[int, Problem]


def judge_people(
    persons: Sequence[Person],
    groups_of: Callable[[int], GroupNames],
    rules: Rules,
    active: Judge,
    domains: Collection[str],
) -> Standing:
    """Everybody's standing, each person looked at alone."""
    standing = Standing({}, {}, {})
    mapper = Mapper(rules)
    for number, person in enumerate(persons):
        groups = groups_of(number)
        try:
            verdict = _verdict(person, groups, rules, mapper, active, domains)
        except UnmappableError as error:
            standing.doubts[number] = problem_of(person, error)
            continue
        if isinstance(verdict, Draft):
            standing.drafts[number] = verdict
        else:
            standing.excluded[number] = verdict
    return standing


def _verdict(
    person: Person,
    groups: GroupNames,
    rules: Rules,
    mapper: Mapper,
    active: Judge,
    domains: Collection[str],
) -> Draft | Exclusion:
    attributes = person.attributes
    try:
        # Scope comes first: a record that is none of ours needs no address and no status.
        test = excluded_by(rules.scope, attributes, groups)
        if test is not None:
            rule = f"{test.condition.source} ({test.origin})"
            return Exclusion("out_of_scope", exclusion_reason(test), rule)
        # Nor does an inactive account: its address is often the first thing to be taken away.
        inactive = active(attributes, groups)
        if inactive:
            return Exclusion("inactive", inactive, "")
        check_address(rules, person, domains)
        license_name, why = license_of(rules.licenses, attributes, groups)
    except EvaluationError as error:
        raise UnmappableError(str(error)) from None
    mapped = mapper.map(person, groups)
    return Draft(mapped, mapped.pop(MANAGER, None), license_name, why)


def add_doubt(standing: Standing, number: int, problem: Problem) -> None:
    """Move a person into doubt. The first reason stays."""
    standing.drafts.pop(number, None)
    standing.excluded.pop(number, None)
    standing.doubts.setdefault(number, problem)


def doubt_doubles(standing: Standing, persons: Sequence[Person]) -> None:
    """Put into doubt all people in scope who claim one address or one identity."""
    for what, shared in (
        ("address", _sharing(standing, persons, attrgetter("key"))),
        ("record", _sharing(standing, persons, attrgetter("identity"))),
    ):
        for numbers in shared:
            error = _double([persons[number] for number in numbers], what)
            for number in numbers:
                add_doubt(standing, number, problem_of(persons[number], error))


def _sharing(
    standing: Standing, persons: Sequence[Person], name: Callable[[Person], str]
) -> Iterator[list[int]]:
    """Groups of people in scope with one name; people the scope excludes do not count."""
    names = [*map(name, persons)]
    if len({*names}) == len(names):
        return iter(())
    first: dict[str, int] = {}
    shared: dict[str, list[int]] = {}
    for number, called in enumerate(names):
        exclusion = standing.excluded.get(number)
        if exclusion is not None and exclusion.kind != "inactive":
            continue
        if called and first.setdefault(called, number) != number:
            shared.setdefault(called, [first[called]]).append(number)
    return iter(shared.values())


def _double(persons: Sequence[Person], what: str) -> UnmappableError:
    """What is wrong with all of them, in one sentence that names every place."""
    places = [str(person.origin) for person in persons[:_PLACES]]
    if more := len(persons) - len(places):
        places.append(f"{more} more places")
    keys = [person.directory_key for person in persons if person.directory_key]
    if what == "record" and len(keys) > 1:
        subject = f"the directory key {keys[0]}"
    else:
        subject = next((person.address for person in persons if person.address), "a record")
    return UnmappableError(
        f"{subject} stands at {', '.join(places[:-1])} and {places[-1]}",
        "remove one of the records, or exclude it in scope",
    )


def spread_doubt(
    standing: Standing,
    persons: Sequence[Person],
    keys: Iterable[UserKey],
    directory_keys: Iterable[str],
) -> None:
    """Put into doubt whoever shares a name with a record in doubt, until nobody does.

    `keys` and `directory_keys` are the names of records that could not be read at all.
    """
    waiting = [("address", str(key)) for key in keys]
    waiting += [("key", folded(key)) for key in directory_keys]
    for number in standing.doubts:
        waiting += _names(persons[number])
    if not waiting:
        return
    bearers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, person in enumerate(persons):
        for name in _names(person):
            bearers[name].append(number)
    seen = set(waiting)
    while waiting:
        for number in bearers.get(waiting.pop(), ()):
            if number in standing.doubts:
                continue
            error = UnmappableError(
                "another record, which is in doubt, names the same person",
                "correct the record in doubt",
            )
            add_doubt(standing, number, problem_of(persons[number], error))
            waiting += [name for name in _names(persons[number]) if name not in seen]
            seen.update(_names(persons[number]))


def _names(person: Person) -> list[tuple[str, str]]:
    names = [("address", str(person.key))] if person.key else []
    if person.directory_key:
        names.append(("key", folded(person.directory_key)))
    return names
