"""Find who is in Asana and should not be, and whether their time has come.

A leaver is an active user in our domains whom the directory does not ask for. A user outside
the domains, a protected one, a guest and one in doubt is never a leaver.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.names import key_domain, our_domains
from syncer.core.planning.pairs import Matching
from syncer.core.planning.population import Population
from syncer.core.planning.roster import Roster
from syncer.model.memory import Absence, Memory
from syncer.model.origin import Origin
from syncer.model.plan import InGrace, Notice
from syncer.model.policy.config import Config
from syncer.model.policy.limits import Grace
from syncer.model.state import CurrentUser, NotDesired


@dataclass(frozen=True, slots=True)
class Leaver:
    """One user who should not be in Asana, and why.

    `recorded` tells that a record of the directory says so, and not the lack of one.
    """

    user: CurrentUser
    reason: str
    origin: Origin | None
    recorded: bool


@dataclass(frozen=True, slots=True)
class Leavers:
    """Leavers whose time has come and those who wait.

    `unmanaged` are SCIM ids of active users who are none of our business, `spared` the
    leavers whom protection keeps.
    """

    due: tuple[Leaver, ...]
    in_grace: tuple[InGrace, ...]
    unmanaged: frozenset[str]
    spared: tuple[Leaver, ...]
    notices: tuple[Notice, ...] = ()


def find_leavers(
    roster: Roster,
    matching: Matching,
    population: Population,
    config: Config,
    memory: Memory,
    now: datetime,
) -> Leavers:
    """Sort every active user without a pair into due, in grace, spared or unmanaged."""
    domains = our_domains(config)
    known_ids = frozenset(memory.ids.values())
    # Whoever has an address that is somebody else's in the directory was not seen by it.
    here = (matching.pairs, matching.returners, matching.joiners) if memory.seen else ()
    seen = memory.seen.difference(*here)
    due: list[Leaver] = []
    in_grace: list[InGrace] = []
    spared: list[Leaver] = []
    unmanaged: set[str] = set()
    for user in roster.by_id.values():
        # Whoever has a pair is present, and of whoever is in doubt nobody knows.
        if not user.active or user.id in matching.owners or user.id in matching.doubtful:
            continue
        gone = matching.retired.get(user.id)
        known = gone is not None or user.key in seen or user.id in known_ids
        if (
            key_domain(user.key) not in domains
            or user.id in population.hidden.guests
            or (config.lifecycle.authority == "known" and not known)
        ):
            unmanaged.add(user.id)
            continue
        leaver = Leaver(user, _reason(gone), gone.origin if gone else None, gone is not None)
        if user.id in population.protected:
            spared.append(leaver)
        elif config.lifecycle.leavers == "report":
            due.append(leaver)
        elif waiting := _waiting(leaver, memory.absences, config.lifecycle.grace, now):
            in_grace.append(waiting)
        else:
            due.append(leaver)
    return Leavers(
        due=tuple(due),
        in_grace=tuple(in_grace),
        unmanaged=frozenset(unmanaged),
        spared=tuple(spared),
        notices=tuple(_notices(domains, config, memory)),
    )


def _reason(gone: NotDesired | None) -> str:
    if gone is None:
        return "not in the directory"
    if gone.kind == "inactive":
        return "inactive in the directory" + (f": {gone.reason}" if gone.reason else "")
    rule = f" (rule {gone.rule})" if gone.rule else ""
    return f"out of scope: {gone.reason}{rule}"


def _waiting(
    leaver: Leaver, absences: Mapping[str, Absence], grace: Grace, now: datetime
) -> InGrace | None:
    """The entry of a leaver who is not due yet; None when both conditions are met."""
    absence = absences.get(leaver.user.id, Absence(since=now, runs=0))
    seen = absence.runs + 1  # this run counts
    due_at = absence.since + timedelta(days=grace.days)
    if seen >= grace.runs and now >= due_at:
        return None
    return InGrace(
        user_name=leaver.user.user_name,
        scim_id=leaver.user.id,
        reason=leaver.reason,
        absent_since=absence.since.date().isoformat(),
        due_on=due_at.date().isoformat() if grace.days else None,
        runs_left=max(0, grace.runs - seen),
        origin=leaver.origin,
    )


def _notices(domains: frozenset[str], config: Config, memory: Memory) -> list[Notice]:
    notices = []
    if not domains:
        notices.append(
            Notice(
                subject="asana.domains",
                text="is empty: nobody counts as a leaver, since any user could be anybody's",
            )
        )
    if memory.elsewhere:
        notices.append(
            Notice(
                subject="ledger",
                text=f"is about another tenant ({memory.elsewhere}): what it knows of people does "
                "not count here, and the next apply begins it anew",
            )
        )
    grace = config.lifecycle.grace
    if config.ledger is None and (grace.days > 0 or grace.runs > 1):
        notices.append(
            Notice(
                subject="lifecycle.grace",
                text="needs a ledger to count days and runs: without one no leaver becomes due",
            )
        )
    if config.lifecycle.authority == "known" and not memory.exists:
        notices.append(
            Notice(
                subject="lifecycle.authority",
                text="is known and there is no ledger yet: only people whom the directory "
                "lists as out of scope or inactive count as leavers",
            )
        )
    return notices
