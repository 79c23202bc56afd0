"""A tenant, and actions on one person or team of it that may share a request."""

from pathlib import Path
from typing import Any

from syncer.apply.execution import Execution
from syncer.model.actions import Action, Member, SetLicense, UpdateUser
from syncer.model.errors import RejectedError
from syncer.model.state import CurrentTeam
from tests.apply import carrying_out
from tests.apply.builders import grant, members, new_team, plan_of, title, update
from tests.apply.fake_asana import FakeAsana

ANN, BOB = Member("ann@example.com", "1"), Member("bob@example.com", "2")
NEW_TEAM = (new_team("Ops"), members("Ops", None, add=(ANN, BOB), deps=("create_team:Ops",)))
REFUSED = RejectedError("400 no", status=400)


def tenant() -> FakeAsana:
    asana = FakeAsana().with_user("1", "ann@example.com", license="view only", title="A")
    return asana.with_user("2", "bob@example.com").with_team("9", "Eng", "2")


def carry_out(asana: FakeAsana, folder: Path, *actions: Action, **choices: Any) -> Execution:
    return carrying_out.carry_out(plan_of(*actions), asana, folder, **choices)


def licence_and_title() -> tuple[SetLicense, UpdateUser]:
    return (
        grant("ann@example.com", "1", "view only", "enterprise"),
        update("ann@example.com", "1", title("A", "B")),
    )


def told(execution: Execution) -> dict[str, str]:
    return {one.ref.partition(":")[0]: one.result.value for one in execution.outcomes}


def team_of(asana: FakeAsana, name: str) -> CurrentTeam:
    (team,) = (team for team in asana.teams.values() if team.name == name)
    return team
