"""Short words for actions, plans and journals in the tests of this layer."""

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from syncer.apply.journal import Header, Journal
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

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """What the coroutine returns; a run that hangs is a failure, not a hang."""

    async def bounded() -> Result:
        return await asyncio.wait_for(work, timeout=30)

    return asyncio.run(bounded())


class Ticking:
    """A clock that moves one second at each look."""

    def __init__(self, start: datetime = NOW) -> None:
        self._seconds = itertools.count()
        self._start = start

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=next(self._seconds))


def header(run_id: str = "run-1", **changes: Any) -> Header:
    values: dict[str, Any] = {
        "run_id": run_id,
        "user": "cron",
        "host": "box",
        "version": "1.0",
        "config_digest": "sha256:c",
        "sources_digest": "sha256:s",
        "plan_digest": "sha256:p",
        "plan_checksum": "sha256:k",
        "tenant": "sandbox",
        "actions": 1,
        **changes,
    }
    return Header(**values)


def new_journal(folder: Path, run_id: str = "run-1", **changes: Any) -> Journal:
    return Journal.create(folder, header(run_id, **changes), Ticking())


def create(name: str, *deps: str, license_name: str | None = None, **given: str) -> CreateUser:
    changes = tuple(FieldChange(key, None, value) for key, value in given.items())
    return CreateUser(
        ref=f"create_user:{name}",
        reason="",
        depends_on=deps,
        user_name=name,
        attributes=changes,
        license=license_name,
    )


def update(name: str, scim_id: str | None, *changes: FieldChange, deps: tuple[str, ...] = (),
           ref: str = "") -> UpdateUser:  # fmt: skip
    return UpdateUser(
        ref=ref or f"update_user:{name}",
        reason="",
        depends_on=deps,
        user_name=name,
        scim_id=scim_id,
        changes=changes,
    )


def title(before: str | None, after: str | None) -> FieldChange:
    return FieldChange("title", before, after)


def grant(name: str, scim_id: str, before: str | None, after: str) -> SetLicense:
    return SetLicense(
        ref=f"set_license:{name}",
        reason="",
        user_name=name,
        scim_id=scim_id,
        before=before,
        after=after,
    )


def deactivate(name: str, scim_id: str, held: str = "") -> DeactivateUser:
    ref = f"deactivate_user:{name}"
    return DeactivateUser(ref=ref, reason="", held=held, user_name=name, scim_id=scim_id)


def reactivate(name: str, scim_id: str) -> ReactivateUser:
    ref = f"reactivate_user:{name}"
    return ReactivateUser(ref=ref, reason="", user_name=name, scim_id=scim_id)


def new_team(name: str) -> CreateTeam:
    return CreateTeam(ref=f"create_team:{name}", reason="", team=name)


def rename_team(scim_id: str, before: str, after: str) -> RenameTeam:
    ref = f"rename_team:{after}"
    return RenameTeam(ref=ref, reason="", team=after, scim_id=scim_id, before=before)


def members(
    team: str,
    scim_id: str | None,
    *,
    add: tuple[Member, ...] = (),
    remove: tuple[Member, ...] = (),
    deps: tuple[str, ...] = (),
) -> ChangeMembers:
    return ChangeMembers(
        ref=f"change_members:{team}",
        reason="",
        depends_on=deps,
        team=team,
        scim_id=scim_id,
        add=add,
        remove=remove,
    )


def plan_of(*actions: Action, **rest: Any) -> Plan:
    return Plan(actions=actions, **rest)
