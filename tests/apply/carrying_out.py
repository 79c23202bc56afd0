"""A plan carried out on a tenant in memory, and how its actions ended."""

from collections.abc import Mapping
from pathlib import Path

from syncer.apply.execution import Execution, ExecutionLimits, Precondition, StopSignal
from syncer.apply.executor import OnOutcome, execute
from syncer.apply.journal import Journal
from syncer.model.errors import RejectedError
from syncer.model.plan import Plan
from tests.apply.builders import new_journal, run
from tests.apply.fake_asana import FakeAsana


def carry_out(
    plan: Plan,
    asana: FakeAsana,
    folder: Path,
    *,
    limits: ExecutionLimits | None = None,
    stop: StopSignal | None = None,
    done: Mapping[str, str | None] | None = None,
    precondition: Precondition | None = None,
    journal: Journal | None = None,
    on_outcome: OnOutcome | None = None,
) -> Execution:
    """What came of the plan; its journal is `run-1.jsonl` in the folder unless one is given."""

    async def work() -> Execution:
        book = journal or new_journal(folder)
        try:
            return await execute(
                plan,
                asana,
                book,
                limits=limits,
                stop=stop,
                done=done,
                precondition=precondition,
                on_outcome=on_outcome,
            )
        finally:
            book.close()

    return run(work())


def results(execution: Execution) -> list[str]:
    return [outcome.result.value for outcome in execution.outcomes]


def refusal(status: int = 400) -> RejectedError:
    return RejectedError(f"{status} no", status=status)
