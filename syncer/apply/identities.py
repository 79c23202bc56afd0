"""The SCIM ids of what a plan creates, as they become known while it is carried out."""

from dataclasses import dataclass, field

from syncer.core.names import team_key, user_key
from syncer.model.actions import Action, CreateTeam, CreateUser
from syncer.model.outcome import Outcome, Result
from syncer.model.state import TeamKey, UserKey


class UnresolvedError(Exception):
    """The action needs the id of somebody or something that this run did not bring about."""


@dataclass(slots=True)
class Identities:
    """The ids by key; `missing` says of each person who was to be created why there is none."""

    users: dict[UserKey, str] = field(default_factory=dict)
    teams: dict[TeamKey, str] = field(default_factory=dict)
    missing: dict[UserKey, Outcome] = field(default_factory=dict)

    def learn(self, action: Action, outcome: Outcome) -> None:
        """Keep what the outcome of a create says."""
        scim_id = outcome.scim_id if outcome.result is Result.APPLIED else None
        match action:
            case CreateUser() if scim_id is not None:
                self.users[user_key(action.user_name)] = scim_id
            case CreateUser():
                self.missing[user_key(action.user_name)] = outcome
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

    def why_missing(self, name: str) -> Result | None:
        """What became of the create of this person, None when the plan has none."""
        outcome = self.missing.get(user_key(name))
        return outcome.result if outcome else None
