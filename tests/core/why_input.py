"""Evidence from short forms: a directory, a config, a tenant and a ledger, and the plan of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncer.core import desired, planner
from syncer.core.guards import judge
from syncer.core.why import Evidence
from syncer.model.origin import Size
from tests.core.directory_input import config_of, snapshot_of, where
from tests.core.plan_input import NOW, current_state, memory

DOMAINS = {"domains": ["example.com"]}


def evidence_of(case: Mapping[str, Any]) -> Evidence:
    """The evidence of a case; its config is of the domain example.com."""
    fragment = dict(case.get("config", {}))
    fragment["asana"] = DOMAINS | fragment.get("asana", {})
    config, snapshot = config_of(fragment), snapshot_of(case)
    asked, directory = desired.work_out(snapshot, config, where)
    assert not [one for one in asked.problems if one.size is Size.STRUCTURAL], asked.problems
    assert directory is not None
    state, ledger = asked.state, memory(case.get("ledger"))
    current = current_state(case)
    plan, workings = planner.work_out(state, current, config, ledger, NOW)
    found = tuple(one for one in asked.problems if one.size is Size.RECORD)
    plan = replace(plan, problems=(*found, *plan.problems))
    return Evidence(
        config=config,
        where=where,
        snapshot=snapshot,
        desired=state,
        directory=directory,
        current=current,
        memory=workings.memory,
        plan=judge(plan, config.guards, config.approval),
        planning=workings,
    )
