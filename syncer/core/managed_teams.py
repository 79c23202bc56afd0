"""Which teams must be read: those the config names, or those a plan is about."""

from syncer.core.names import team_key
from syncer.model.actions import ChangeMembers, CreateTeam, RenameTeam
from syncer.model.plan import Plan
from syncer.model.state import DesiredState, TeamKey


def managed_team_keys(desired: DesiredState) -> frozenset[TeamKey]:
    """The names and previous names of every team that the config names."""
    return frozenset(key for team in desired.teams for key in (team.key, *team.previously))


def concerned_team_keys(plan: Plan) -> frozenset[TeamKey]:
    """The names, before and after, of the teams that the plan would change.

    To check a plan and to verify what it did no other team needs to be read.
    """
    names: set[TeamKey] = set()
    for action in plan.actions:
        match action:
            case RenameTeam():
                names |= {team_key(action.team), team_key(action.before)}
            case CreateTeam() | ChangeMembers():
                names.add(team_key(action.team))
            case _:
                pass
    return frozenset(names)
