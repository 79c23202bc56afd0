"""Put into a plan what changed in Asana since our last runs. Nothing in it decides anything."""

from collections.abc import Callable
from dataclasses import replace

from syncer.core.drift.memory import last_words
from syncer.core.drift.sight import Seen, Sight
from syncer.core.drift.verdicts import Judge
from syncer.core.names import folded
from syncer.core.planner import Workings
from syncer.core.verification import Lookup
from syncer.model.drift import ACTIVE, LICENSE, MEMBER, NAME, Drift
from syncer.model.past import History
from syncer.model.plan import Notice, Plan
from syncer.model.state import ATTRIBUTES, CurrentState, DesiredState

_ORDER = (ACTIVE, NAME, LICENSE, *ATTRIBUTES, MEMBER)


def with_drift(
    plan: Plan,
    history: History,
    desired: DesiredState,
    current: CurrentState,
    workings: Workings,
    about: Callable[[Drift], bool] = lambda _: True,
) -> Plan:
    """The plan, which stays as it is, with all drift there is to tell `about`; people first.

    The plan is judged already, so that what waits is told as such.
    """
    drift = tuple(filter(about, find_drift(plan, history, desired, current, workings)))
    told = (Notice(subject=name, text=text) for name, text in history.doubts)
    notices = (*plan.notices, *told)
    return replace(plan, drift=drift, drift_since=history.since, notices=notices)


def find_drift(
    plan: Plan,
    history: History,
    desired: DesiredState,
    current: CurrentState,
    workings: Workings,
) -> tuple[Drift, ...]:
    """Everything that one of our runs wrote and that is no longer as the last of them left it."""
    words = last_words(history)
    if not words.last:
        return ()
    exact_case = frozenset(team.key for team in desired.teams if team.exact_case)
    lookup = Lookup.of(current, plan.any_case)
    seen = tuple(Sight(lookup, words, exact_case).differences())
    if not seen:
        return ()
    judge = Judge.of(plan, desired, workings, lookup)
    return tuple(sorted((_told(one, judge, lookup) for one in seen), key=_place))


def _told(seen: Seen, judge: Judge, lookup: Lookup) -> Drift:
    mark, run = seen.word.mark, seen.word.run
    lost = mark.kind == "team" and seen.found is None
    member = lookup.users.get(mark.member_id)
    is_member = mark.what == MEMBER and not lost
    return Drift(
        subject=seen.subject,
        id=mark.id,
        kind=mark.kind,
        what=NAME if lost else mark.what,
        left_at=seen.subject if lost else mark.left_at,
        found=seen.found,
        run=run.run_id,
        at=run.at,
        verdict=judge.verdict(seen),
        member=(member.user_name if member else mark.member) if is_member else "",
        member_id=mark.member_id if is_member else "",
    )


def _place(drift: Drift) -> tuple[str, str, str, int, str, str]:
    what = _ORDER.index(drift.what)
    member = folded(drift.member)
    return drift.kind, folded(drift.subject), drift.id, what, member, drift.member_id
