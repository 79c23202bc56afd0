"""What the directory and the rules say of one person: records, status, scope, groups.

The rules are asked by the very functions that made the plan; none of them is repeated here.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from syncer.core.directory.activity import INDICATORS, activity_judge
from syncer.core.directory.group_membership import MEMBER_OF, OWN_GROUPS
from syncer.core.directory.merge import comparable
from syncer.core.directory.rules import LicenseTest, ScopeTest
from syncer.core.directory.scope import exclusion_reason
from syncer.core.directory.trial import trial
from syncer.core.language.expressions import EvaluationError
from syncer.core.names import user_key
from syncer.core.tracing.evidence import Evidence
from syncer.core.tracing.trace import (
    Activity,
    DirectorySide,
    FormerAddress,
    LostValue,
    RuleTried,
    Scope,
    SourceValue,
)
from syncer.model.origin import Problem

_ELSEWHERE: Final = frozenset({*MEMBER_OF, OWN_GROUPS})
"""Attributes that are told of among the groups."""


def directory_side(evidence: Evidence, number: int) -> DirectorySide:
    """The records of a person, what they hold together, and what is wrong with them."""
    person = evidence.persons[number]
    doubt = evidence.directory.standing.doubts.get(number)
    return DirectorySide(
        records=tuple(record.origin for record in evidence.records(number)),
        values=tuple(
            value_of(evidence, number, name)
            for name in person.attributes
            if name not in _ELSEWHERE
        ),
        activity=_activity(evidence, number),
        directory_key=person.directory_key,
        former=tuple(_former(evidence, number)),
        doubt=doubt,
    )


def unreadable_side(problem: Problem) -> DirectorySide:
    """What is left of a record that could not be read."""
    records = (problem.origin,) if problem.origin else ()
    return DirectorySide(records=records, doubt=problem)


def value_of(evidence: Evidence, number: int, name: str) -> SourceValue:
    """One attribute (by key) of a person, with the record it comes from and those that lost.

    Its value is empty where no record has it.
    """
    spelling = evidence.spellings.get(name, name)
    records = evidence.records(number)
    holders = [record for record in records if name in record.attributes]
    if not holders:
        return SourceValue(name=spelling, value="", origin=records[0].origin)
    first, *others = holders
    value = first.attributes[name]
    return SourceValue(
        name=spelling,
        value=value,
        origin=first.origin,
        others=tuple(
            LostValue(value=other.attributes[name], origin=other.origin)
            for other in others
            if comparable(other.attributes[name]) != comparable(value)
        ),
    )


def _former(evidence: Evidence, number: int) -> Iterator[FormerAddress]:
    person = evidence.persons[number]
    index = evidence.directory.index
    state = evidence.desired
    counted = {
        *(key for one in state.users if one.origin == person.origin for key in one.previous),
        *(key for one in state.not_desired if one.origin == person.origin for key in one.keys),
        *(key for one in state.unknown if one.origin == person.origin for key in one.keys),
    }
    for address in index.further_addresses(person):
        yield FormerAddress(address=address, counts=user_key(address) in counted)


def _activity(evidence: Evidence, number: int) -> Activity:
    person, rules = evidence.persons[number], evidence.directory.rules
    looked_at = INDICATORS if rules.active is None else rules.active.names.keys()
    indicators = tuple(
        value_of(evidence, number, name) for name in sorted(looked_at) if name in person.attributes
    )
    place = None if rules.active is None else evidence.where("directory", "active")
    judge = activity_judge(rules.active, evidence.spellings)
    try:
        reason = judge(person.attributes, evidence.directory.membership.groups_of(number))
    except EvaluationError as error:
        return Activity(active=None, why=str(error), indicators=indicators, rule=place)
    return Activity(active=not reason, why=reason, indicators=indicators, rule=place)


def scope(evidence: Evidence, number: int) -> Scope:
    """Which rules of the scope were tried on a person, and what came of it."""
    tests = evidence.directory.rules.scope
    tried, fault = _tried(tests, evidence, number)
    held = tests[len(tried) - 1] if tried and tried[-1].holds else None
    untried = len(tests) - len(tried)
    if fault:
        return Scope(in_scope=None, why=fault, tried=tried, untried=untried)
    if held is None:
        why = "no rule matches" if tests else "there are no rules, so everybody is"
        return Scope(in_scope=True, why=why, tried=tried)
    why = "" if held.include else exclusion_reason(held)
    return Scope(in_scope=held.include, why=held.because or why, tried=tried, untried=untried)


def licenses_tried(evidence: Evidence, number: int) -> tuple[RuleTried, ...]:
    """Which rules of the licences were tried on a person."""
    tried, _ = _tried(evidence.directory.rules.licenses, evidence, number)
    return tried


def _tried(
    tests: Sequence[ScopeTest | LicenseTest], evidence: Evidence, number: int
) -> tuple[tuple[RuleTried, ...], str]:
    """The rules up to the one that decides, or up to one that cannot be worked out, and why."""
    attributes = evidence.persons[number].attributes
    groups = evidence.directory.membership.groups_of(number)
    tried: list[RuleTried] = []
    try:
        for test, holds in trial(tests, attributes, groups):
            tried.append(_rule(test, holds=holds))
    except EvaluationError as error:
        tried.append(_rule(tests[len(tried)], holds=None))
        return tuple(tried), str(error)
    return tuple(tried), ""


def _rule(test: ScopeTest | LicenseTest, *, holds: bool | None) -> RuleTried:
    condition = " ".join(test.condition.source.split())
    if isinstance(test, LicenseTest):
        rule = f"{test.license} when {condition}"
        return RuleTried(rule=rule, origin=test.origin, holds=holds)
    rule = f"{'include' if test.include else 'exclude'} {condition}"
    return RuleTried(rule=rule, origin=test.origin, holds=holds, because=test.because)
