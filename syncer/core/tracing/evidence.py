"""All that a plan was made from, and who is who in it, for looking up one person.

It links records of the directory with users of Asana as the plan did, and judges nobody anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from syncer.core import desired as directory_side
from syncer.core import planner as asana_side
from syncer.core.directory.merge import Person
from syncer.core.directory.rules import Where
from syncer.core.drift.holding import with_held_drift
from syncer.core.guards import hold, refusing, unresolved
from syncer.core.planning.search import Search
from syncer.model.directory import Record, Snapshot
from syncer.model.memory import Memory
from syncer.model.origin import Origin, Problem, Size
from syncer.model.plan import Plan, Violation
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, CurrentUser, DesiredState, DesiredUser


@dataclass(frozen=True)
class Evidence:
    """What a plan was made from; `plan` is judged."""

    config: Config
    where: Where
    snapshot: Snapshot
    desired: DesiredState
    directory: directory_side.Workings
    current: CurrentState
    memory: Memory
    plan: Plan
    planning: asana_side.Workings

    @property
    def persons(self) -> tuple[Person, ...]:
        """Everybody in the directory who could be read."""
        return self.directory.people.persons

    @property
    def unreadable(self) -> tuple[Problem, ...]:
        """The records of people that could not be read, in the order of the sources."""
        return tuple(
            problem
            for reading in self.snapshot.people
            for problem in reading.problems
            if problem.size is Size.RECORD
        )

    def records(self, number: int) -> tuple[Record, ...]:
        """The records of which a person was made, the one that speaks loudest first."""
        person = self.persons[number]
        return person.merged or (Record(person.attributes, person.origin),)

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """The attributes of the directory by key, as the first source spells them."""
        names: dict[str, str] = {}
        for reading in self.snapshot.people:
            for key, name in reading.names.items():
                names.setdefault(key, name)
        return names

    @cached_property
    def wanted(self) -> Mapping[int, DesiredUser]:
        """Who should be in Asana, by index of the person."""
        users = {user.key: user for user in self.desired.users}
        return {number: users[self.persons[number].key] for number in self._drafts}

    @property
    def _drafts(self) -> Iterable[int]:
        return self.directory.standing.drafts

    @cached_property
    def standing_violations(self) -> tuple[Violation, ...]:
        """The violations that nobody accepted: an explanation accepts none."""
        return unresolved(self.plan, {}, approved=False)

    @cached_property
    def refusals(self) -> tuple[Violation, ...]:
        """The violations that refuse the whole run."""
        return refusing(self.plan, self.standing_violations)

    @cached_property
    def shown_plan(self) -> Plan:
        """The plan as it would go: what a guard holds back is held in it."""
        waiting = [one for one in self.standing_violations if one not in self.refusals]
        return with_held_drift(hold(self.plan, waiting))

    @cached_property
    def users_of(self) -> Mapping[int, tuple[CurrentUser, ...]]:
        """The users of Asana who are a person, by index of the person.

        A record that says of several users that they should not be there has several.
        """
        matching = self.planning.matching
        pairs = {**matching.pairs, **matching.returners}
        found: dict[int, tuple[CurrentUser, ...]] = {}
        for number, user in self.wanted.items():
            if user.key in pairs:
                found[number] = (pairs[user.key].current,)
        taken = {pair.current.id for pair in pairs.values()}
        retired: dict[Origin, list[CurrentUser]] = defaultdict(list)
        for scim_id, gone in matching.retired.items():
            if scim_id not in taken:
                retired[gone.origin].append(self.planning.roster.by_id[scim_id])
        for number in self.directory.standing.excluded:
            if users := retired.get(self.persons[number].origin):
                found[number] = tuple(users)
        return found

    @cached_property
    def suspects_at(self) -> Mapping[Origin, tuple[CurrentUser, ...]]:
        """The users who could be somebody in doubt, by the place of the record in doubt."""
        search = Search(self.planning.roster, self.memory)
        found = {
            unknown.origin: search.by_any_key(unknown.keys, unknown.directory_keys)
            for unknown in self.desired.unknown
            if unknown.origin is not None
        }
        for user in self.wanted.values():
            if ids := self.planning.matching.candidates.get(user.key):
                by_id = self.planning.roster.by_id
                found[user.origin] = tuple(by_id[scim_id] for scim_id in sorted(ids))
        return found

    @cached_property
    def concerned(self) -> tuple[Mapping[str, list[int]], Mapping[str, list[Problem]]]:
        """By the SCIM id of a user: the people, and the unreadable records, it may be about."""
        people: dict[str, list[int]] = defaultdict(list)
        for number, users in self.users_of.items():
            for user in users:
                people[user.id].append(number)
        for number, person in enumerate(self.persons):
            for user in self.suspects_at.get(person.origin, ()):
                people[user.id].append(number)
        problems: dict[str, list[Problem]] = defaultdict(list)
        for problem in self.unreadable:
            if problem.origin is not None:
                for user in self.suspects_at.get(problem.origin, ()):
                    problems[user.id].append(problem)
        return people, problems
