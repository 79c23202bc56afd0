"""`syncer plan --undo RUN`: which run is meant, and the plan that takes it back."""

from dataclasses import dataclass, replace

from syncer.apply.past import find_journal, read_past
from syncer.asana.client import AsanaClient
from syncer.asana.reader import read_current
from syncer.asana.together import together
from syncer.cli.logs import EventLog
from syncer.cli.progress import Progress
from syncer.cli.signals import heed_signals
from syncer.cli.wiring import Inputs, connect, judged, read_behind
from syncer.core.planner import work_out
from syncer.core.planning.parking import make_parking
from syncer.core.undoing.net import net_of
from syncer.core.undoing.plan import concerned_teams, undo_plan
from syncer.model.errors import NotFoundError, UsageError
from syncer.model.past import PastRun
from syncer.model.plan import Plan
from syncer.model.state import CurrentState, CurrentTeam
from syncer.render.characters import harmless


@dataclass(frozen=True, slots=True)
class Undo:
    """One undo: the inputs of any plan, and the run to take back."""

    inputs: Inputs
    past: PastRun

    @property
    def mode(self) -> str:
        """The first line of what is shown."""
        return f"plan --undo {self.past.run_id}: nothing is changed in Asana"


def find_undo(inputs: Inputs, run: str) -> Undo:
    """The run that is meant. Raises UsageError for one that cannot be taken back."""
    folder = inputs.loaded.resolve(inputs.loaded.config.journal)
    path = find_journal(folder, run)
    past = read_past(path)
    if past.tenant != inputs.tenant:
        raise UsageError(
            f"--undo {run}: that run changed {harmless(past.tenant)}, and this is {inputs.tenant}",
            "use the config of that tenant",
        )
    return Undo(inputs, past)


async def look_back(undo: Undo, log: EventLog) -> Plan:
    """Read Asana and plan what takes the run back. The connection refuses anything but GET."""
    progress = Progress(log)
    try:
        async with connect(undo.inputs, log, read_only=True) as client:
            with log.stage("read"):
                current = await read_for(client, undo, progress)
    finally:
        progress.close()
    with log.stage("plan"):
        plan = compute_undo(undo, current)
    await heed_signals()
    return plan


async def read_for(client: AsanaClient, undo: Undo, progress: Progress) -> CurrentState:
    """All users, the teams that the run changed, and what SCIM hides."""
    current = await read_current(client, concerned_teams(undo.past), progress=progress)
    found = await read_behind(client, undo.inputs, progress)
    # A team that was renamed since is not found by the names that the journal knows.
    changed = net_of(undo.past).teams
    unread = [team for team in current.teams if team.id in changed and team.members is None]
    read = await together(with_members(client, team) for team in unread)
    again = {team.id: team for team in read}
    teams = tuple(again.get(team.id, team) for team in current.teams)
    return found.beside(replace(current, teams=teams))


async def with_members(client: AsanaClient, team: CurrentTeam) -> CurrentTeam:
    """The team with its members, as far as Asana shows them."""
    try:
        return await client.get_team(team.id)
    except NotFoundError:
        return team


def compute_undo(undo: Undo, current: CurrentState) -> Plan:
    """The plan, judged by the guards of the config."""
    inputs, config = undo.inputs, undo.inputs.loaded.config
    desired = inputs.desired.state
    ordinary, workings = work_out(desired, current, config, inputs.memory, inputs.now)
    parking = make_parking(desired, current, workings.roster, config)
    plan = undo_plan(undo.past, ordinary, workings, current, config, parking)
    plan = replace(
        plan,
        config_digest=inputs.loaded.digest,
        sources_digest=inputs.snapshot.digest,
        tenant=inputs.tenant,
    )
    return judged(inputs, plan)
