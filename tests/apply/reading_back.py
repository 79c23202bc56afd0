"""Runs whose changes are read back from a tenant in memory."""

from collections.abc import Sequence
from pathlib import Path

from syncer.apply.execution import Execution
from syncer.apply.executor import execute
from syncer.apply.read_back import read_again
from syncer.model.actions import Action, FieldChange, Member
from syncer.model.errors import AsanaError, ForbiddenError, RejectedError, UnreachableError
from syncer.model.state import CurrentState
from tests.apply.builders import (
    create,
    deactivate,
    grant,
    members,
    new_journal,
    new_team,
    plan_of,
    rename_team,
    run,
    title,
    update,
)
from tests.apply.fake_asana import FakeAsana
from tests.apply.listings import Listed

ANN, BOB = Member("ann@example.com", "1"), Member("bob@example.com", "2")
NEW = "new@example.com"

EVERYTHING: Sequence[Action] = (
    deactivate("old@example.com", "3"),
    update("bob@example.com", "2", FieldChange("userName", "bob@example.com", "b@example.com")),
    create(NEW, title="N"),
    grant("ann@example.com", "1", "view only", "enterprise"),
    update("ann@example.com", "1", title("A", None)),
    update(
        NEW,
        None,
        FieldChange("manager", None, "ann@example.com", "1"),
        deps=(f"create_user:{NEW}",),
    ),
    new_team("Ops"),
    rename_team("9", "Eng", "Engineering"),
    members(
        "Ops",
        None,
        add=(Member(NEW, None), ANN),
        deps=("create_team:Ops", f"create_user:{NEW}"),
    ),
    members("Engineering", "9", remove=(BOB,)),
)


def tenant() -> FakeAsana:
    asana = FakeAsana().with_user("1", "ann@example.com", license="view only", title="A")
    asana.with_user("2", "bob@example.com").with_user("3", "old@example.com")
    return asana.with_user("4", "else@example.com").with_team("9", "Eng", "2").with_team("8", "X")


def carried_out(asana: FakeAsana, folder: Path, actions: Sequence[Action]) -> Execution:
    async def work() -> Execution:
        journal = new_journal(folder)
        try:
            return await execute(plan_of(*actions), asana, journal)
        finally:
            journal.close()

    return run(work())


REFUSALS: Sequence[AsanaError] = (
    ForbiddenError("403", status=403),
    RejectedError("410", status=410),
    RejectedError("500", status=500),
)
"""What a server may answer to the question for one user, though it lists that user."""


def shown(
    execution: Execution,
    before: CurrentState,
    asana: FakeAsana,
    *,
    pages: int,
    team_pages: int | None = None,
    members_listed: bool = True,
) -> CurrentState:
    """The read-back where the listings take so many requests."""
    teams = pages if team_pages is None else team_pages
    listed = Listed(asana, user_pages=pages, team_pages=teams, members_listed=members_listed)
    return run(read_again(execution, before, asana, listed))


async def failing() -> CurrentState:
    raise UnreachableError("the line is down")
