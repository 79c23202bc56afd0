"""Find whom a question means: by any name that a person goes by, on either side.

Whoever could be meant is found; to choose among them is left to the one who asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from syncer.core.directory.references import ACCOUNT_ATTRIBUTES, AMBIGUOUS
from syncer.core.distinguished_names import dn_key
from syncer.core.language.filters import as_list
from syncer.core.names import folded, user_key
from syncer.core.tracing.evidence import Evidence
from syncer.model.origin import Problem
from syncer.model.state import FORMATTED_NAME, CurrentUser, OrganizationMember, UnreadableUser

_MOST_NEAR: Final = 5
_ALIKE: Final = 0.6
_SHORTEST_PART: Final = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """One of those meant: a person of the directory, a record that could not be read, a user.

    A person and the user of that person are one subject. `unlisted` is a member of the
    organization whom SCIM does not show and the directory does not have.
    """

    person: int | None = None
    problem: Problem | None = None
    user: CurrentUser | None = None
    unread_user: UnreadableUser | None = None
    unlisted: OrganizationMember | None = None


def subjects(evidence: Evidence, reference: str) -> tuple[Subject, ...]:
    """Everybody meant, people of the directory first, in the order of their places."""
    people = _people(evidence, reference)
    problems = [one for one in evidence.unreadable if _names(one, reference)]
    users = list(_users(evidence, reference))
    by_person, by_problem = evidence.concerned
    for user in users:
        people |= set(by_person.get(user.id, ()))
        problems += (one for one in by_problem.get(user.id, ()) if one not in problems)
    covered = {user.id for user in users if user.id in by_person or user.id in by_problem}
    return (
        *(
            Subject(person=number, user=user)
            for number in sorted(people)
            for user in evidence.users_of.get(number) or (None,)
        ),
        *(Subject(problem=problem) for problem in problems),
        *(Subject(user=user) for user in users if user.id not in covered),
        *(Subject(unread_user=user) for user in _unread_users(evidence, reference)),
        *(Subject(unlisted=one) for one in _unlisted(evidence, reference) if not people),
    )


def _people(evidence: Evidence, reference: str) -> set[int]:
    index = evidence.directory.index
    found = index.find(reference)
    if found == AMBIGUOUS:
        return set(index.candidates(reference))
    if found is not None:
        return {found}
    asked = folded(reference)
    # An address that is none, and a row that a plan named by its place, have no index.
    return {
        number
        for number, person in enumerate(evidence.persons)
        if asked == folded(person.address)
        or any(reference.strip() == str(record.origin) for record in evidence.records(number))
    }


def _names(problem: Problem, reference: str) -> bool:
    """Whether what is left of an unreadable record names the person asked for."""
    dn = dn_key(reference)
    return (
        reference.strip() == str(problem.origin)
        or folded(reference) in map(folded, problem.identity)
        or (dn is not None and dn in map(dn_key, problem.identity))
    )


def _users(evidence: Evidence, reference: str) -> Iterator[CurrentUser]:
    roster, asked = evidence.planning.roster, reference.strip()
    remembered = evidence.memory.ids.get(asked, "")
    named = (
        *(user for user in (roster.by_id.get(asked), roster.by_id.get(remembered)) if user),
        *roster.by_key.get(user_key(reference), ()),
        *roster.by_number.get(folded(reference), ()),
    )
    yield from {user.id: user for user in named}.values()


def _unread_users(evidence: Evidence, reference: str) -> Iterator[UnreadableUser]:
    for user in evidence.current.unreadable:
        if reference.strip() == user.id or user_key(reference) == user.key:
            yield user


def _unlisted(evidence: Evidence, reference: str) -> Iterator[OrganizationMember]:
    organization, hidden = evidence.current.organization, evidence.planning.population.hidden
    for member in organization.members if organization else ():
        named = member.key == user_key(reference) or member.gid == reference.strip()
        if named and member.key is not None and hidden.holder(member.key):
            yield member


def near_misses(evidence: Evidence, reference: str) -> tuple[str, ...]:
    """The addresses of people whose names are like the one asked for, the nearest first.

    Of addresses the part before the @ counts: everybody's domain is alike.
    """
    asked = folded(reference).partition("@")[0]
    known: dict[str, list[str]] = defaultdict(list)
    for name, address in _known_names(evidence):
        known[folded(name)].append(address)
    near = get_close_matches(asked, known, n=_MOST_NEAR, cutoff=_ALIKE)
    if len(asked) >= _SHORTEST_PART:
        near += sorted(name for name in known if asked in name)
    found = (address for name in near for address in known[name])
    return tuple(dict.fromkeys(found))[:_MOST_NEAR]


def _known_names(evidence: Evidence) -> Iterable[tuple[str, str]]:
    """What people go by, each with the address or key to ask for instead."""
    for number, person in enumerate(evidence.persons):
        called = person.address or person.directory_key or str(person.origin)
        yield called.partition("@")[0], called
        if person.directory_key:
            yield person.directory_key, called
        for attribute in ACCOUNT_ATTRIBUTES:
            for text in as_list(person.attributes.get(attribute)):
                yield text, called
        user = evidence.wanted.get(number)
        if user is not None and FORMATTED_NAME in user.attributes:
            yield user.attributes[FORMATTED_NAME], called
    for found in evidence.planning.roster.by_id.values():
        yield found.user_name.partition("@")[0], found.user_name
        yield found.attributes.get(FORMATTED_NAME, ""), found.user_name
