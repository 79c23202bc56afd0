"""Which teams a desired state speaks of: only their members need to be read."""

from syncer.model.state import DesiredState, TeamKey


def managed_team_keys(desired: DesiredState) -> frozenset[TeamKey]:
    """The names and previous names of every team that the config names."""
    return frozenset(key for team in desired.teams for key in (team.key, *team.previously))
