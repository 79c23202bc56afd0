"""Plans and policies in a few words, for the tests of policies; the cases say what is meant."""

from collections.abc import Callable, Iterable, Mapping
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
    user: dict[str, Any] = {"user_name": one.get("user", "")}
    team: dict[str, Any] = {"team": one.get("team", "")}
    known: dict[str, Any] = {"scim_id": one.get("id")}
    change: dict[str, Any] = {"before": one.get("before"), "after": one.get("after")}
    sides = {side: tuple(map(member, one.get(side, ()))) for side in ("add", "remove")}
    given, changes = one.get("attributes", {}), one.get("changes", {})
    made: dict[str, Callable[[], Action]] = {
        "create_user": lambda: CreateUser(
            **base,
            **user,
            attributes=tuple(FieldChange(name, None, value) for name, value in given.items()),
            license=one.get("license"),
        ),
        "update_user": lambda: UpdateUser(
            **base,
            **user,
            **known,
            changes=tuple(FieldChange(name, *pair) for name, pair in changes.items()),
        ),
        "set_license": lambda: SetLicense(**base, **user, **known, **change),
        "deactivate_user": lambda: DeactivateUser(**base, **user, **known),
        "reactivate_user": lambda: ReactivateUser(**base, **user, **known),
        "create_team": lambda: CreateTeam(**base, **team),
        "rename_team": lambda: RenameTeam(**base, **team, **known, before=one["before"]),
        "change_members": lambda: ChangeMembers(
            **base, **team, **known, members_before=9, add=sides["add"], remove=sides["remove"]
        ),
    }
    return made[one["kind"]]()


def member(text: str) -> Member:
    user, _, scim_id = text.partition(" ")
    return Member(user, scim_id or None)
