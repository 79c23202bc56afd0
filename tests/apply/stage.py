"""A tenant and everything else that a whole run is handed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.apply.run import ApplyRun, Ports, run_apply
from syncer.model.outcome import Report
from syncer.model.plan import Plan, TouchedUser
from syncer.model.state import CurrentState
from tests.apply.builders import Ticking, new_journal, plan_of, run, title, update
from tests.apply.fake_asana import FakeAsana
from tests.apply.listings import Listed


@dataclass
class Stage:
    """A tenant and everything else that a run is handed."""

    asana: FakeAsana
    folder: Path
    slept: list[float] = field(default_factory=list)
    remembered: list[tuple[Report, CurrentState]] = field(default_factory=list)
    reads: list[Callable[[], CurrentState]] = field(default_factory=list)
    runs: int = 0

    def apply(self, plan: Plan, **choices: Any) -> Report:
        self.runs += 1
        run_id = f"run-{self.runs}"
        ports = self.ports(run_id, **choices.pop("ports", {}))
        wanted = ApplyRun(run_id=run_id, plan=plan, plan_digest="sha256:p", **choices)
        return run(run_apply(wanted, ports))

    def ports(self, run_id: str, **changes: Any) -> Ports:
        values: dict[str, Any] = {
            "asana": self.asana,
            "read": self.read,
            "listings": Listed(self.asana, self.read),
            "open_journal": lambda: new_journal(self.folder, run_id),
            "clock": Ticking(),
            "sleep": self.sleep,
            "requests": lambda: {"PATCH": 2, "GET": 1},
            "remember": lambda report, newest: self.remembered.append((report, newest)),
            **changes,
        }
        return Ports(**values)

    async def read(self) -> CurrentState:
        return self.reads.pop(0)() if self.reads else self.asana.state()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def journal(self) -> Path:
        return self.folder / f"run-{self.runs}.jsonl"


def touched(
    scim_id: str = "1",
    name: str = "ann@example.com",
    *,
    license_name: str | None = None,
    **attributes: str,
) -> TouchedUser:
    return TouchedUser(
        scim_id=scim_id, user_name=name, active=True, license=license_name, attributes=attributes
    )


def retitle(**rest: Any) -> Plan:
    return plan_of(update("ann@example.com", "1", title("A", "B")), touched=(touched(title="A"),),
                   **rest)  # fmt: skip
