"""Evidence from short forms: a directory, a config, a tenant and a ledger, and the plan of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncer.core import desired, planner
from syncer.core.guards import judge
from syncer.core.names import user_key
from syncer.core.why import Evidence
from syncer.model.origin import Size
from syncer.model.state import Organization, OrganizationMember
from tests.core.directory_input import config_of, snapshot_of, where
from tests.core.plan_input import NOW, current_state, memory

DOMAINS = {"domains": ["example.com"]}


def organization(members: Sequence[Mapping[str, Any]] | None) -> Organization | None:
    """What the REST API shows, of members in short form; None where it was not read."""
    if members is None:
        return None
    found = tuple(
        OrganizationMember(
            gid=member["gid"],
            address=member["is"],
            key=user_key(member["is"]),
            active=True,
            admin=member.get("admin", False),
            guest=member.get("guest", False),
        )
        for member in members
    )
    return Organization(gid="1", name="Example", domains=("example.com",), members=found)


def evidence_of(case: Mapping[str, Any]) -> Evidence:
    """The evidence of a case; its config is of the domain example.com."""
    fragment = dict(case.get("config", {}))
    fragment["asana"] = DOMAINS | fragment.get("asana", {})
    config, snapshot = config_of(fragment), snapshot_of(case)
    asked, directory = desired.work_out(snapshot, config, where)
    assert not [one for one in asked.problems if one.size is Size.STRUCTURAL], asked.problems
    assert directory is not None
    state, ledger = asked.state, memory(case.get("ledger"))
    current = replace(current_state(case), organization=organization(case.get("members")))
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
        memory=ledger,
        plan=judge(plan, config.guards, config.approval),
        planning=workings,
    )
