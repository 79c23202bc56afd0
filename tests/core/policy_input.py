"""Plans and policies in a few words, for the tests of policies; the cases say what is meant."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncer.core.policing.facts import Circumstances
from syncer.core.policing.police import police
from syncer.core.policing.rules import Policy, compile_policies
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    Member,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    UpdateUser,
)
from syncer.model.plan import Plan
from syncer.model.policy.plan_rules import PlanRule

THURSDAY = datetime.fromisoformat("2026-03-05T12:00:00+00:00")


def policies(forbid: str | Mapping[str, str], **more: Any) -> tuple[Policy, ...]:
    """A policy of each expression; one that stands alone is called `it`."""
    named = {"it": forbid} if isinstance(forbid, str) else forbid
    rules = (
        PlanRule(name=name, forbid=source, message=f"{name} is broken", **more)
        for name, source in named.items()
    )
    return compile_policies(rules)


def circumstances(
    at: datetime = THURSDAY, zone: str = "UTC", labels: Iterable[str] = ()
) -> Circumstances:
    return Circumstances(at.astimezone(ZoneInfo(zone)), zone, tuple(labels))


def policed(plan: Plan, forbid: str | Mapping[str, str], **more: Any) -> Plan:
    """The plan judged on a Thursday, without labels."""
    return police(plan, policies(forbid, **more), circumstances())


def action(one: Mapping[str, Any]) -> Action:
    """The action that a case writes as a mapping."""
    base: dict[str, Any] = {
        "ref": one["ref"],
        "reason": "",
        "held": one.get("held", ""),
        "depends_on": tuple(one["after"]) if isinstance(one.get("after"), list) else (),
    }
    user, team, scim_id = one.get("user", ""), one.get("team", ""), one.get("id")
    match one["kind"]:
        case "create_user":
            given = tuple(
                FieldChange(name, None, value) for name, value in one.get("attributes", {}).items()
            )
            return CreateUser(**base, user_name=user, attributes=given, license=one.get("license"))
        case "update_user":
            changes = tuple(FieldChange(name, *pair) for name, pair in one["changes"].items())
            return UpdateUser(**base, user_name=user, scim_id=scim_id, changes=changes)
        case "set_license":
            change = {"before": one["before"], "after": one["after"]}
            return SetLicense(**base, user_name=user, scim_id=scim_id or "", **change)
        case "deactivate_user":
            return DeactivateUser(**base, user_name=user, scim_id=scim_id or "")
        case "reactivate_user":
            return ReactivateUser(**base, user_name=user, scim_id=scim_id or "")
        case "create_team":
            return CreateTeam(**base, team=team)
        case "rename_team":
            return RenameTeam(**base, team=team, scim_id=scim_id or "", before=one["before"])
    sides = {side: tuple(map(member, one.get(side, ()))) for side in ("add", "remove")}
    return ChangeMembers(**base, team=team, scim_id=scim_id, members_before=9, **sides)


def member(text: str) -> Member:
    user, _, scim_id = text.partition(" ")
    return Member(user, scim_id or None)
