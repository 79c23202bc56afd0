"""The SCIM ids of what a plan creates, as they become known while it is carried out."""

from dataclasses import dataclass, field

from syncer.core.names import team_key, user_key
from syncer.model.actions import Action, CreateTeam, CreateUser, ReactivateUser
from syncer.model.outcome import Outcome, Result
from syncer.model.state import TeamKey, UserKey


class UnresolvedError(Exception):
    """The action needs somebody or something that this run did not bring about; `result` is
    what became of that, where it was an action of this plan."""

    def __init__(self, message: str, result: Result | None = None) -> None:
        super().__init__(message)
        self.result = result


@dataclass(slots=True)
class Identities:
    """The ids by key; `missing` says what became of those who were to come and did not.

    Those to be created are in it by key, those to be reactivated by id.
    """

    users: dict[UserKey, str] = field(default_factory=dict)
    teams: dict[TeamKey, str] = field(default_factory=dict)
    missing: dict[str, Result] = field(default_factory=dict)

    def learn(self, action: Action, outcome: Outcome) -> None:
        """Keep what the outcome of a create says."""
        scim_id = outcome.scim_id if outcome.result is Result.APPLIED else None
        match action:
            case CreateUser() if scim_id is not None:
                self.users[user_key(action.user_name)] = scim_id
            case CreateUser():
                self.missing[user_key(action.user_name)] = outcome.result
            case ReactivateUser() if outcome.result is not Result.APPLIED:
                self.missing[action.scim_id] = outcome.result
            case CreateTeam() if scim_id is not None:
                self.teams[team_key(action.team)] = scim_id

    def user(self, scim_id: str | None, name: str) -> str:
        """The id of a person; raises UnresolvedError."""
        known = scim_id or self.users.get(user_key(name))
        if known is None:
            raise UnresolvedError(f"{name} has no id in Asana yet")
        return known

    def team(self, scim_id: str | None, name: str) -> str:
        """The id of a team; raises UnresolvedError."""
        known = scim_id or self.teams.get(team_key(name))
        if known is None:
            raise UnresolvedError(f"the team {name} has no id in Asana yet")
        return known

    def newcomer(self, scim_id: str | None, name: str) -> str:
        """The id of a person who is to join a team; raises UnresolvedError with the result
        of the action that should have brought that person."""
        result = self.missing.get(scim_id or user_key(name))
        if result is not None:
            came = "reactivated" if scim_id else "created"
            raise UnresolvedError(f"{name} was not {came}: {result}", result)
        return self.user(scim_id, name)
