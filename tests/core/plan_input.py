"""Planner input from short forms, so that a case shows only what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncer.core.names import plain, team_key, user_key
from syncer.core.planner import build_plan
from syncer.model.actions import (
    Action,
    ChangeMembers,
    CreateTeam,
    CreateUser,
    DeactivateUser,
    FieldChange,
    ReactivateUser,
    RenameTeam,
    SetLicense,
    TeamAction,
    UpdateUser,
    UserAction,
)
from syncer.model.memory import Absence, Memory
from syncer.model.origin import Origin, Problem, Size
from syncer.model.plan import Plan
from syncer.model.policy.config import Config
from syncer.model.state import (
    ATTRIBUTES,
    CurrentState,
    CurrentTeam,
    CurrentUser,
    DesiredState,
    DesiredTeam,
    DesiredUser,
    NotDesired,
    Organization,
    OrganizationMember,
    TeamMode,
    UnknownPerson,
    UnreadableUser,
)

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
PEOPLE = "people.csv"


@dataclass(frozen=True)
class PlanInput:
    """Everything that `build_plan` takes, without the time."""

    desired: DesiredState
    current: CurrentState
    config: Config
    memory: Memory

    def plan(self, now: datetime = NOW) -> Plan:
        return build_plan(self.desired, self.current, self.config, self.memory, now)


def config(**sections: Any) -> Config:
    """A config of the domain example.com with these sections on top."""
    whole: dict[str, Any] = {
        "version": 1,
        "asana": {"sandbox": "tenant.json", "domains": ["example.com"]},
        "directory": {"people": [{"format": "csv", "path": PEOPLE}]},
    }
    for name, value in sections.items():
        if name in {"asana", "directory"}:
            whole[name] = {**whole[name], **value}
        else:
            whole[name] = value
    return Config.model_validate(whole)


def plan_input(case: Mapping[str, Any]) -> PlanInput:
    """The input that a case file describes."""
    return PlanInput(
        desired=desired_state(case),
        current=current_state(case),
        config=config(**case.get("config", {})),
        memory=memory(case.get("ledger")),
    )


def desired_state(case: Mapping[str, Any]) -> DesiredState:
    users = tuple(
        desired_user(line, person) for line, person in enumerate(case.get("people", ()), 2)
    )
    problems = (
        Problem(Origin(PEOPLE, line), "no usable address or key", size=Size.RECORD)
        for line in case.get("unidentified", ())
    )
    return DesiredState(
        users=users,
        managed=frozenset(name for user in users for name in user.attributes) | {"userName"},
        teams=tuple(desired_team(team) for team in case.get("teams") or ()),
        teams_managed=case.get("teams") is not None,
        licenses_managed="licenses" in case.get("config", {}),
        not_desired=tuple(not_desired(gone) for gone in case.get("gone", ())),
        unknown=tuple(
            UnknownPerson(
                keys=tuple(user_key(address) for address in unknown.get("is", ())),
                directory_keys=tuple(unknown.get("number", ())),
                origin=Origin(PEOPLE, 99),
                reason=unknown.get("why", "the row is in doubt"),
                address=user_key(unknown["now"]) if "now" in unknown else None,
                texts=tuple(unknown.get("texts", ())),
            )
            for unknown in case.get("doubtful", ())
        ),
        unidentified=tuple(problems),
        create_only=frozenset(case.get("create_only", ())),
        any_case=frozenset(case.get("any_case", ["userName"])),
        people_read=len(users),
        notices=tuple(
            Problem(Origin(PEOPLE, 1), text, size=Size.NOTICE) for text in case.get("told", ())
        ),
    )


def desired_user(line: int, person: Mapping[str, Any]) -> DesiredUser:
    attributes = {name: person[name] for name in ATTRIBUTES if name in person}
    if attributes.get("manager"):
        attributes["manager"] = user_key(attributes["manager"])
    return DesiredUser(
        key=user_key(person["is"]),
        user_name=person["is"],
        origin=Origin(PEOPLE, line),
        attributes=attributes,
        directory_key=person.get("number"),
        previous=tuple(user_key(address) for address in person.get("previous", ())),
        license=person.get("license"),
        license_reason=person.get("why", ""),
        license_if_new=person.get("license_if_new"),
    )


def desired_team(team: Mapping[str, Any]) -> DesiredTeam:
    return DesiredTeam(
        key=team_key(team["name"]),
        name=team["name"],
        members=frozenset(user_key(address) for address in team.get("members", ())),
        origin=Origin("syncer.yaml", 30),
        mode=TeamMode(team.get("mode", "exact")),
        create=team.get("create", True),
        previously=tuple(team_key(name) for name in team.get("previously", ())),
        frozen=team.get("frozen", ""),
        exact_case=team.get("letter_case") == "exact",
    )


def not_desired(gone: Mapping[str, Any]) -> NotDesired:
    return NotDesired(
        keys=tuple(user_key(address) for address in gone.get("is", ())),
        directory_key=gone.get("number"),
        origin=Origin(PEOPLE, 50),
        kind=gone.get("kind", "out_of_scope"),
        reason=gone.get("why", ""),
        rule=gone.get("rule", ""),
    )


def current_state(case: Mapping[str, Any]) -> CurrentState:
    users = tuple(current_user(user) for user in case.get("asana", ()))
    return CurrentState(
        users=users,
        teams=tuple(
            CurrentTeam(
                id=team["id"],
                name=team["name"],
                key=team_key(team["name"]),
                members=None if team.get("members") is None else frozenset(team["members"]),
            )
            for team in case.get("asana_teams", ())
        ),
        license_support=any(user.license is not None for user in users)
        or not any(user.active for user in users),
        unreadable=tuple(
            UnreadableUser(
                id=user.get("id"),
                key=user_key(user["is"]) if "is" in user else None,
                problem=Problem(None, "a user of the listing has no userName"),
                employee_number=user.get("number"),
            )
            for user in case.get("unreadable", ())
        ),
        organization=organization(case["organization"]) if "organization" in case else None,
        organization_unread=case.get("organization_unread", ""),
        organization_doubt=case.get("organization_doubt", ""),
    )


def organization(listed: Mapping[str, Any]) -> Organization:
    return Organization(
        gid="77",
        name="Example",
        domains=tuple(listed.get("domains", ())),
        members=tuple(
            OrganizationMember(
                gid=str(member.get("gid", "")),
                address=member.get("is", ""),
                key=user_key(member["is"]) if "is" in member else None,
                active=member.get("active", True),
                admin=member.get("admin", False),
                guest=member.get("guest", False),
                view_only=member.get("view_only"),
            )
            for member in listed.get("members", ())
        ),
    )


def current_user(user: Mapping[str, Any]) -> CurrentUser:
    return CurrentUser(
        id=user["id"],
        user_name=user["is"],
        key=user_key(user["is"]),
        active=user.get("active", True),
        attributes={name: user[name] for name in ATTRIBUTES if name in user},
        license=user.get("license"),
    )


def memory(ledger: Mapping[str, Any] | None) -> Memory:
    if ledger is None:
        return Memory()
    return Memory(
        seen=frozenset(user_key(address) for address in ledger.get("seen", ())),
        ids=ledger.get("ids", {}),
        key_attribute=ledger.get("key"),
        former_ids=ledger.get("former", {}),
        absences={
            scim_id: Absence(datetime.fromisoformat(since), runs)
            for scim_id, (since, runs) in ledger.get("absences", {}).items()
        },
        recent_deactivations=ledger.get("recent_deactivations", 0),
        administrators=frozenset(ledger.get("administrators", ())),
        administrators_at=(
            datetime.fromisoformat(ledger["administrators_at"])
            if "administrators_at" in ledger
            else None
        ),
        exists=True,
    )


def told(action: Action) -> str:
    """One action in one line, as case files write it."""
    after = f" after {', '.join(action.depends_on)}" if action.depends_on else ""
    return f"{_what(action)}{after}{' held' if action.held else ''}"


def _what(action: Action) -> str:
    text = _user(action) if isinstance(action, UserAction) else _team(action)
    return f"{action.kind} {text}"


def _user(action: UserAction) -> str:
    match action:
        case CreateUser():
            given = "".join(f" {c.field}={c.after}{_id(c)}" for c in action.attributes)
            licensed = f" [{action.license}]" if action.license else ""
            return f"{action.user_name}{licensed}{given}"
        case UpdateUser():
            changes = ", ".join(
                f"{c.field} {_value(c.before)} -> {_value(c.after)}{_id(c)}"
                for c in action.changes
            )
            return f"{action.scim_id or action.user_name}: {changes}"
        case SetLicense():
            return f"{action.scim_id}: {action.before} -> {action.after}"
        case DeactivateUser() | ReactivateUser():
            return action.scim_id


def _team(action: TeamAction) -> str:
    match action:
        case CreateTeam():
            return action.team
        case RenameTeam():
            return f"{action.scim_id}: {action.before} -> {action.team}"
        case ChangeMembers():
            signed = [f"+{member.user}" for member in action.add]
            signed += [f"-{member.user}" for member in action.remove]
            return f"{action.scim_id or action.team}: {' '.join(signed)}"


def _id(change: FieldChange) -> str:
    return f"({change.reference})" if change.reference else ""


def _value(text: str | None) -> str:
    return "-" if text is None else plain(text)
