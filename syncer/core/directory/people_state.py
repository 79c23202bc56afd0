"""The people part of the desired state: users with managers and former addresses, and all
others with the reason why they are not among them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from syncer.core.directory.merge import People, Person, place
from syncer.core.directory.references import PeopleIndex
from syncer.core.directory.reporting_lines import resolve_managers
from syncer.core.directory.standing import Standing
from syncer.core.directory.unreadable import Unreadable, reason_of
from syncer.core.language.filters import as_list, as_text
from syncer.core.names import user_key
from syncer.model.origin import Problem, Size
from syncer.model.policy.config import Config
from syncer.model.state import (
    MANAGER,
    VIEW_ONLY,
    DesiredUser,
    NotDesired,
    UnknownPerson,
    UserKey,
)

_DIVISION = "licensingDivisionId"


@dataclass(frozen=True, slots=True)
class PeopleState:
    """Everybody, sorted. `wanted` gives the key of each desired person by index."""

    users: tuple[DesiredUser, ...]
    not_desired: tuple[NotDesired, ...]
    unknown: tuple[UnknownPerson, ...]
    unidentified: tuple[Problem, ...]
    notices: tuple[Problem, ...]
    wanted: Mapping[int, UserKey]


def people_state(
    people: People,
    standing: Standing,
    index: PeopleIndex,
    config: Config,
    unreadable: Unreadable,
    naming: Collection[str],
) -> PeopleState:
    """The people of the desired state. `naming` are the attributes that hold people's names."""
    persons = people.persons
    doubtful = [persons[number] for number in sorted(standing.doubts)]
    taken = index.current_addresses.union(*(one.keys for one in unreadable.unknown))
    disputed = _disputed(person for person in doubtful if person.key)
    unknown = [
        _unknown(persons[number], standing.doubts[number], index, taken, disputed, naming)
        for number in sorted(standing.doubts)
        if _identified(persons[number])
    ]
    # What may be the address of somebody in doubt is nobody else's former one.
    taken |= {key for person in unknown for key in person.keys}
    managers, notices = _managers(persons, standing, index)
    users = [
        _user(number, persons[number], standing, config, managers, index, taken)
        for number in standing.drafts
    ]
    users.sort(key=attrgetter("key"))
    claimed = frozenset(user.key for user in users) | {one.key for one in doubtful if one.key}
    not_desired = [
        _not_desired(persons[number], standing, number, index, taken, claimed)
        for number in standing.excluded
    ]
    nameless = [n for n in sorted(standing.doubts) if not _identified(persons[n])]
    shared = _shared_addresses(persons, standing, claimed)
    return PeopleState(
        users=tuple(users),
        not_desired=tuple(sorted(not_desired, key=lambda gone: (gone.keys, place(gone.origin)))),
        unknown=tuple(sorted((*unreadable.unknown, *unknown), key=_unknown_order)),
        unidentified=(*unreadable.unidentified, *(standing.doubts[n] for n in nameless)),
        notices=(*people.notices, *notices, *shared, *_division_notices(users)),
        wanted={number: persons[number].key for number in standing.drafts},
    )


def problems_of(standing: Standing) -> Iterator[Problem]:
    """The record-level problem of everybody in doubt, by place."""
    return (standing.doubts[number] for number in sorted(standing.doubts))


def _identified(person: Person) -> bool:
    return bool(person.key or person.directory_key)


def _further(person: Person, index: PeopleIndex, taken: frozenset[str]) -> tuple[UserKey, ...]:
    """Former addresses of a person, but for those that are somebody's today."""
    found = index.further_addresses(person)
    return tuple(key for key in map(user_key, found) if key not in taken) if found else ()


def _user(
    number: int,
    person: Person,
    standing: Standing,
    config: Config,
    managers: Mapping[int, str],
    index: PeopleIndex,
    taken: frozenset[str],
) -> DesiredUser:
    draft = standing.drafts[number]
    attributes = draft.attributes
    if number in managers:
        attributes[MANAGER] = managers[number]
    licenses = config.licenses
    unspoken = draft.license is None and licenses is not None
    return DesiredUser(
        key=person.key,
        user_name=person.address,
        origin=person.origin,
        attributes=attributes,
        directory_key=person.directory_key,
        previous=_further(person, index, taken),
        license=draft.license,
        license_reason=draft.license_reason,
        license_if_new=licenses.default if unspoken and licenses is not None else None,
    )


def _not_desired(
    person: Person,
    standing: Standing,
    number: int,
    index: PeopleIndex,
    taken: frozenset[str],
    claimed: frozenset[UserKey],
) -> NotDesired:
    exclusion = standing.excluded[number]
    own = (person.key,) if person.key and person.key not in claimed else ()
    return NotDesired(
        keys=(*own, *_further(person, index, taken)),
        directory_key=person.directory_key,
        origin=person.origin,
        kind=exclusion.kind,
        reason=exclusion.reason,
        rule=exclusion.rule,
    )


def _unknown(
    person: Person,
    problem: Problem,
    index: PeopleIndex,
    taken: frozenset[str],
    disputed: frozenset[UserKey],
    naming: Collection[str],
) -> UnknownPerson:
    own = (person.key,) if person.key else ()
    return UnknownPerson(
        keys=(*own, *_further(person, index, taken)),
        directory_keys=(person.directory_key,) if person.directory_key else (),
        origin=person.origin,
        reason=reason_of(problem),
        hint=problem.hint,
        address=own[0] if own and own[0] not in disputed else None,
        shown=bool(own),
        texts=(person.address, *_texts(person, naming)),
    )


def _texts(person: Person, naming: Collection[str]) -> Iterator[str]:
    found = (person.attributes[name] for name in naming if name in person.attributes)
    return (as_text(one) for value in found for one in as_list(value))


def _disputed(doubtful: Iterable[Person]) -> frozenset[UserKey]:
    """Addresses that records of different people show: all but one of them are somewhere else.

    Records with one directory key are of one person, and so is a record that stands twice.
    """
    first: dict[UserKey, Person] = {}
    found: set[UserKey] = set()
    for person in doubtful:
        other = first.setdefault(person.key, person)
        same = person.identity == other.identity and person.directory_key is not None
        if not same and person.attributes != other.attributes:
            found.add(person.key)
    return frozenset(found)


def _unknown_order(person: UnknownPerson) -> tuple[tuple[str, int], tuple[UserKey, ...]]:
    return (place(person.origin) if person.origin else ("", 0), person.keys)


def _managers(
    persons: tuple[Person, ...], standing: Standing, index: PeopleIndex
) -> tuple[Mapping[int, str], tuple[Problem, ...]]:
    """Managers of desired people by index, and what there is to say about the others."""
    # Drafts stand in the order of the people.
    reports = [
        (number, draft.manager)
        for number, draft in standing.drafts.items()
        if draft.manager is not None
    ]
    if not reports:
        return {}, ()
    managers = resolve_managers(reports, persons, not_managers(standing), index)
    return managers.of, managers.notices


def not_managers(standing: Standing) -> Mapping[int, str]:
    """Who cannot be anybody's manager in Asana, and why, by index of the person."""
    against = dict.fromkeys(standing.doubts, "is in doubt")
    for number, exclusion in standing.excluded.items():
        inactive = exclusion.kind == "inactive"
        against[number] = "is inactive" if inactive else "is out of scope"
    return against


def _shared_addresses(
    persons: tuple[Person, ...], standing: Standing, claimed: frozenset[UserKey]
) -> Iterator[Problem]:
    """A notice for each record out of scope whose address somebody in scope has."""
    for number in sorted(standing.excluded):
        person = persons[number]
        if person.key in claimed:
            summary = f"{person.address} stands here too, out of scope; this record is ignored"
            yield Problem(person.origin, summary, size=Size.NOTICE)


def _division_notices(users: Iterable[DesiredUser]) -> Iterator[Problem]:
    """Whom a rule gives a view only licence and the mapping a division.

    Of all others only the plan knows which licence they have.
    """
    for user in users:
        if user.license == VIEW_ONLY and user.attributes.get(_DIVISION):
            yield Problem(
                user.origin,
                f"{user.user_name} gets a view only licence and a {_DIVISION}: Asana turns "
                f"members of a division into paid users",
                "map licensingDivisionId for people with a paid licence only",
                column=_DIVISION,
                size=Size.NOTICE,
            )
