"""What a plan would have changed if it were not protected, told to whoever reviews it."""

from collections.abc import Iterable, Mapping

from syncer.core.enumeration import listed
from syncer.core.names import covering
from syncer.core.planning.leavers import Leavers
from syncer.core.planning.license_plan import would_change_license
from syncer.core.planning.managers import Managers
from syncer.core.planning.population import Population
from syncer.core.planning.user_plan import would_change
from syncer.model.plan import Notice
from syncer.model.policy.config import Config
from syncer.model.state import (
    CurrentState,
    CurrentTeam,
    CurrentUser,
    DesiredState,
    DesiredTeam,
    TeamKey,
    TeamMode,
    UserKey,
)


def spared_notices(
    population: Population,
    leavers: Leavers,
    managers: Managers,
    current: CurrentState,
    config: Config,
    desired: DesiredState,
) -> Iterable[Notice]:
    """What the plan would have changed if it were not protected."""
    supported = config.licenses if current.license_support else None
    named = covering(config.protected.users)
    known = population.hidden.administrators
    there = current.users if known else ()
    administrators = {user.id for user in there if user.id in known and not named(user.key)}

    def who(user: CurrentUser) -> str:
        return "administrator of Asana, so protected" if user.id in administrators else "protected"

    unlisted = [one.user for one in leavers.spared if not one.recorded]
    for subject, users in (
        ("protected", [user for user in unlisted if user.id not in administrators]),
        ("administrators", [user for user in unlisted if user.id in administrators]),
    ):
        # The accounts that protection is meant for: nothing to decide, so one line.
        if users:
            yield Notice(subject=subject, text=_not_listed([user.user_name for user in users]))
    for leaver in leavers.spared:
        if leaver.recorded:
            text = f"{who(leaver.user)}: left as it is, though {leaver.reason}"
            yield Notice(subject=leaver.user.user_name, text=text, origin=leaver.origin)
    kept_out = _kept_out(population, current, desired)
    for pair in population.protected_pairs:
        differs = not pair.current.active or would_change(
            pair, managers, desired.create_only, desired.any_case
        )
        if differs or would_change_license(pair, supported):
            text = f"{who(pair.current)}: left as it is, though the directory asks for a change"
            yield Notice(subject=pair.current.user_name, text=text, origin=pair.desired.origin)
        if teams := kept_out.get(pair.desired.key):
            noun = "a team that asks" if len(teams) == 1 else "teams that ask"
            text = f"{who(pair.current)}: kept out of {noun} for this person: {listed(teams)}"
            yield Notice(subject=pair.current.user_name, text=text, origin=pair.desired.origin)
    for person in population.protected_absent:
        text = "protected: not created, though the directory asks for it"
        yield Notice(subject=person.user_name, text=text, origin=person.origin)


def _kept_out(
    population: Population, current: CurrentState, desired: DesiredState
) -> Mapping[UserKey, list[str]]:
    """The teams that want somebody protected and do not have that person, by desired key."""
    ids = {p.desired.key: p.current.id for p in population.protected_pairs if p.current.active}
    by_key: dict[TeamKey, list[CurrentTeam]] = {}
    for there in current.teams:
        by_key.setdefault(there.key, []).append(there)
    found: dict[UserKey, list[str]] = {}
    for team in sorted(desired.teams, key=lambda team: team.key):
        if team.mode is TeamMode.REPORT:
            continue
        for key in sorted(ids.keys() & team.members):
            if not _may_have(team, by_key, ids[key]):
                found.setdefault(key, []).append(team.name)
    return found


def _may_have(
    team: DesiredTeam, by_key: Mapping[TeamKey, list[CurrentTeam]], scim_id: str
) -> bool:
    """Whether a team has this member under its name or a former one, or may have him unread."""
    return any(
        there.members is None or scim_id in there.members
        for key in (team.key, *team.previously)
        for there in by_key.get(key, ())
    )


def _not_listed(names: list[str]) -> str:
    who = "1 person is" if len(names) == 1 else f"{len(names)} people are"
    return f"{who} not in the directory: {listed(sorted(names))}"
