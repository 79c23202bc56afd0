"""Each value of each switch does what it says, and no open question is without a switch."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from syncer.sandbox import NOT_TESTABLE, QUESTIONS, TABLE, SandboxError, Switches
from tests.sandbox.talking import CASES, play, tenant

ELSEWHERE = {
    "requests_per_minute": "test_limits",
    "quota_window_seconds": "test_limits",
    "concurrent_reads": "test_limits",
    "concurrent_writes": "test_limits",
    "latency_ms": "test_limits",
    "throttle_envelope": "test_limits",
    "fault_percent": "test_faults",
}
"""Switches that need a clock or a long run: tested in their own files."""

LAST_PARTS = "d f d g b e c b e f d c d b b c b a"
"""The letter of the last part of each open question, from the first question on."""

PARTS = frozenset(
    f"{number}{chr(code)}"
    for number, last in enumerate(LAST_PARTS.split(), 1)
    for code in range(ord("a"), ord(last) + 1)
)


def documents() -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for path in sorted((CASES / "switches").glob("*.json")):
        merged |= json.loads(path.read_text(encoding="utf-8"))
    return merged


def cases() -> Iterator[Any]:
    for name, values in documents().items():
        for value, case in values.items():
            plain = {"exchanges": case} if isinstance(case, list) else case
            yield pytest.param(name, value, plain, id=f"{name}: {value}")


def typed(name: str, text: str) -> object:
    """The value of a switch, of which JSON keys are only the text."""
    for value in TABLE[name].values:
        if str(value).lower() == text.lower():
            return value
    return int(text)


@pytest.mark.parametrize(("name", "value", "case"), list(cases()))
def test_the_value_does_what_it_says(name: str, value: str, case: dict[str, Any]) -> None:
    switches = {**case.get("switches", {}), name: typed(name, value)}
    play(tenant(switches=switches, **case.get("state", {})), case["exchanges"])


def test_every_value_of_every_switch_has_a_case() -> None:
    found = documents()
    for name, row in TABLE.items():
        if name in ELSEWHERE:
            continue
        tested = {typed(name, value) for value in found[name]}
        assert tested >= set(row.values), name
        assert tested, name


def test_every_part_of_every_open_question_has_a_switch_or_a_reason() -> None:
    covered = {part for row in TABLE.values() for part in row.knob.unknown}
    assert covered | NOT_TESTABLE.keys() == PARTS
    assert not covered & NOT_TESTABLE.keys()
    assert all(NOT_TESTABLE.values())
    assert all(row.knob.about for row in TABLE.values())


def test_every_part_of_every_open_question_is_put_in_words() -> None:
    assert QUESTIONS.keys() == PARTS
    assert len(set(QUESTIONS.values())) == len(PARTS)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_value_a_profile_could_choose_is_one_of_the_switch(name: str) -> None:
    row = TABLE[name]
    lenient = () if row.knob.lenient is None else (row.knob.lenient,)
    for value in (row.strict, *lenient, *row.knob.hostile):
        assert row.problem_with(value) == ""


def test_strict_is_the_default_of_every_field() -> None:
    assert Switches.profile("strict", seed=3) == replace(Switches(), seed=3)


def test_hostile_depends_on_its_seed_alone() -> None:
    assert Switches.profile("hostile", 7) == Switches.profile("hostile", 7)
    assert len({Switches.profile("hostile", seed).overrides == {} for seed in range(5)}) == 1
    assert len({Switches.profile("hostile", seed).paging for seed in range(30)}) == 3


def test_overrides_are_what_differs_from_the_profile() -> None:
    switches = Switches.profile("lenient", 0, paging="capped", page_cap=3, forms="tolerant")
    assert switches.overrides == {"paging": "capped", "page_cap": 3}


def test_a_profile_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SandboxError, match="no profile 'nice'") as refused:
        Switches.profile("nice")
    assert refused.value.hint == "the profiles are strict, lenient, hostile"


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(SandboxError, match="the seed -1 is negative"):
        Switches.profile("hostile", -1)


def test_all_wrong_switches_are_named_at_once() -> None:
    with pytest.raises(SandboxError) as refused:
        Switches.profile(
            "strict", 0, pagin="x", zombies="dead", page_cap=-1, ids=7, view_only_domain=1
        )
    assert refused.value.message.split("; ") == [
        "no switch 'pagin', did you mean 'paging'?",
        "switch zombies: 'dead' is none of 'listed', 'hidden', 'gone'",
        "switch page_cap: -1 is not a whole number from 0 on",
        "switch ids: 7 is none of 'text', 'number'",
        "switch view_only_domain: 1 is none of False, True",
    ]
