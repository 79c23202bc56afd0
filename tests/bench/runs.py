"""Whole runs of `syncer apply` on a tenant served here: how many requests, and how long.

Both are counted at the tenant. The smallest number of requests is counted over the invented
organisation, without asking the program; the shortest time is what the quota takes to grant them.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import organisation as invented
from tests.bench.figures import Figure
from tests.bench.local import configure, furnish
from tests.bench.measured import SYNCER, ended_well
from tests.bench.tenant import Timed, document, serving

PER_MINUTE: Final = 1500
LIMITS: Final[Mapping[str, object]] = {
    "requests_per_minute": PER_MINUTE,
    "quota_window_seconds": 10,
    "concurrent_reads": 50,
    "concurrent_writes": 15,
    "latency_ms": 300,
}
"""What Asana documents, its quota counted in a part of the minute: "more frequently" than once."""

_AT_ONCE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Run:
    """A run that came to its end, as the tenant and the clock saw it."""

    asked: Counter[str]
    throttled: int
    between: float
    wall: float

    @property
    def requests(self) -> int:
        return self.asked.total()


def request_figures(people: int) -> Iterator[Figure]:
    """Requests of a whole run against the smallest number; each resource that differs."""
    found = invented.organisation(people)
    run, fewest = applied(found, {}, _AT_ONCE), smallest(found)
    subject = f"{people:,} people"
    for resource in sorted(run.asked | fewest):
        if run.asked[resource] != fewest[resource]:
            yield Figure(part="requests", subject=subject, measure=resource,
                         value=run.asked[resource], floor=fewest[resource])  # fmt: skip
    yield Figure(part="requests", subject=subject, measure="all requests",
                 value=run.requests, floor=fewest.total(), most=1)  # fmt: skip


def pace_figures(
    people: int, limits: Mapping[str, object] = LIMITS, per_minute: int = PER_MINUTE
) -> Iterator[Figure]:
    """Seconds of a whole run against what the quota takes to grant its requests."""
    run = applied(invented.organisation(people), limits, per_minute)
    bound = run.requests / (per_minute / 60)
    subject = f"{people:,} people, {run.requests:,} requests"
    yield Figure(part="pace", subject=subject, measure="seconds, first to last request",
                 value=run.between, floor=bound, most=1.05)  # fmt: skip
    yield Figure(part="pace", subject=subject, measure="seconds, whole command",
                 value=run.wall, floor=bound)  # fmt: skip
    yield Figure(part="pace", subject=subject, measure="429s", value=run.throttled, most=0)


def smallest(found: invented.Organisation) -> Counter[str]:
    """The requests that nobody can do without who reads what is managed, writes each difference
    once, and calls nothing applied before it was read back. Listings come in one answer here,
    and that of the teams is without members, as documented."""
    changed, teams = invented.changed_people(found), invented.changed_teams(found)
    return Counter(
        {
            "GET Users": 2,  # to read, and to read back
            "GET Groups": 1,
            "GET Groups/id": len(found.teams) + len(teams),  # likewise
            "POST Users": len(changed["create_user"]),
            "PATCH Users/id": len(changed["update_user"]) + len(changed["deactivate_user"]),
            "PATCH Groups/id": len(teams),
        }
    )


def applied(found: invented.Organisation, switches: Mapping[str, object], per_minute: int) -> Run:
    """Plan and apply in one command. Ends the benchmark when that does not end well."""
    tenant = Timed.in_memory(document(found, switches))
    assert isinstance(tenant, Timed)
    with tempfile.TemporaryDirectory() as name, serving(tenant) as url:
        folder = Path(name)
        furnish(found, folder)
        config = configure(folder, "csv", url, per_minute)
        ended = ended_well((*SYNCER, "-c", str(config), "apply", "--yes", "--quiet"))
    return Run(
        asked=tenant.asked(),
        throttled=sum(request.status == 429 for request in tenant.requests),
        between=tenant.moments[-1] - tenant.moments[0],
        wall=ended.wall,
    )
