"""The numbers of a run as Prometheus reads them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from syncer.model.exits import Exit
from syncer.model.watching import RunFacts
from syncer.watch.exposition import exposition
from syncer.watch.measures import measures
from tests.watch.promtool import promtool

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
GOOD = RunFacts(
    command="apply",
    tenant='Example "Ltd" \\ Zoë',
    code=Exit.REMOVALS_HELD,
    started=START,
    finished=START + timedelta(seconds=90),
    run_id="20261124T030000Z-3fa9c1",
    seconds={"read": 12.5, "apply": 60.25},
    planned=True,
    actions={("create_user", "applied"): 3, ("deactivate_user", "held"): 2},
    unknown=4,
    in_grace=1,
    violations={"deactivate": 1, "policy:quiet-friday": 2},
    statuses={"200": 40, "201": 3, "none": 1},
    quota_used=0.25,
    held="0a1b",
    held_removals=2,
)
FAILED = replace(
    GOOD,
    code=Exit.FAILED,
    started=START + timedelta(days=1),
    finished=START + timedelta(days=1, seconds=5),
    planned=False,
    actions={},
    statuses={"503": 5},
    quota_used=0.0,
    held_removals=0,
)

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Series:
    """Every value of a text, by its name and labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def value(series: Series, name: str, /, facts: RunFacts = GOOD, **labels: str) -> float | None:
    labels = {"tenant": facts.tenant, "command": facts.command, **labels}
    return series.get((f"syncer_{name}", frozenset(labels.items())))


def text_of(facts: RunFacts, before: str = "") -> str:
    return exposition(measures(facts, "1.2.3"), before)


def test_a_run_that_went_well_has_all_its_numbers() -> None:
    series = read(text_of(GOOD))
    end = (START + timedelta(seconds=90)).timestamp()
    assert value(series, "build_info", version="1.2.3") == 1
    assert value(series, "last_run_timestamp_seconds") == end
    assert value(series, "last_success_timestamp_seconds") == end
    assert value(series, "last_run_exit_code") == 6
    assert value(series, "last_run_duration_seconds") == 90
    assert value(series, "last_run_stage_duration_seconds", stage="read") == 12.5
    assert value(series, "last_run_requests", status="200") == 40
    assert value(series, "last_run_requests", status="429") == 0
    assert value(series, "last_run_requests", status="none") == 1
    assert value(series, "last_run_quota_used_ratio") == 0.25
    assert value(series, "last_plan_timestamp_seconds") == end
    assert value(series, "last_plan_actions", kind="create_user", outcome="applied") == 3
    assert value(series, "last_plan_actions", kind="create_user", outcome="failed") == 0
    assert value(series, "last_plan_held_removals") == 2
    assert value(series, "last_plan_unknown") == 4
    assert value(series, "last_plan_in_grace") == 1
    assert value(series, "last_plan_violations", guard="deactivate") == 1
    assert value(series, "last_plan_violations", guard="policy:quiet-friday") == 2
    assert value(series, "last_plan_violations", guard="create") == 0


def test_a_failing_run_keeps_when_one_last_succeeded_and_what_the_last_plan_held() -> None:
    before = read(text_of(GOOD))
    after = read(text_of(FAILED, text_of(GOOD)))
    assert value(after, "last_run_exit_code") == 1
    assert value(after, "last_run_requests", status="503") == 5
    assert value(after, "last_run_requests", status="201") is None
    kept = {key: number for key, number in after.items() if before.get(key) == number}
    assert {name for name, _ in kept} == {
        "syncer_build_info",
        "syncer_last_success_timestamp_seconds",
        "syncer_last_run_requests",  # the 429s, none in either
        "syncer_last_plan_timestamp_seconds",
        "syncer_last_plan_actions",
        "syncer_last_plan_held_removals",
        "syncer_last_plan_unknown",
        "syncer_last_plan_in_grace",
        "syncer_last_plan_violations",
        "syncer_last_run_stage_duration_seconds",
    }


def test_a_first_run_that_fails_claims_no_success() -> None:
    assert value(read(text_of(FAILED)), "last_success_timestamp_seconds") is None


FACTS = st.builds(
    replace,
    st.sampled_from([GOOD, FAILED]),
    command=st.sampled_from(["plan", "apply"]),
    tenant=st.sampled_from(["a.example", "b.example"]),
    unknown=st.integers(0, 9),
)


@given(FACTS, FACTS)
@settings(derandomize=True, deadline=None)
def test_runs_of_one_command_and_tenant_leave_the_others_alone(
    first: RunFacts, second: RunFacts
) -> None:
    apart = (first.command, first.tenant) != (second.command, second.tenant)
    both = read(text_of(second, text_of(first)))
    assert read(text_of(second)).items() <= both.items()
    if apart:
        assert both == {**read(text_of(first)), **read(text_of(second))}
    # The same run again changes nothing.
    text = text_of(second, text_of(first))
    assert text_of(second, text) == text


@pytest.mark.parametrize(
    "before",
    ["node_load1 0.5\n", "# TYPE other gauge\nother 1\n", "syncer_x{ 1\n", "no numbers here\n"],
)
def test_a_file_of_somebody_else_is_not_written_over(before: str) -> None:
    with pytest.raises(ValueError, match=r"none of ours|could not|invalid|Invalid"):
        text_of(GOOD, before)


def test_promtool_finds_nothing_to_say() -> None:
    text = text_of(FAILED, text_of(GOOD))
    assert promtool("check", "metrics", text=text) == (0, "", "")
