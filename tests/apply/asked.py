"""One action that was asked of a tenant in memory, and what came of it."""

from pathlib import Path

from syncer.apply.attempts import Attempts
from syncer.apply.execution import ExecutionLimits
from syncer.apply.identities import Identities
from syncer.apply.journal_record import JournalRecord, read_journal
from syncer.apply.requests import Requests
from syncer.model.actions import Action
from syncer.model.errors import RejectedError, UnreachableError
from syncer.model.outcome import Outcome
from tests.apply.builders import new_journal, run
from tests.apply.fake_asana import FakeAsana

LOST = UnreachableError("no answer within 60 s")


class Asked:
    """One action carried out: its outcome and what the journal says of it."""

    def __init__(
        self,
        action: Action,
        asana: FakeAsana,
        folder: Path,
        *,
        limits: ExecutionLimits | None = None,
        identities: Identities | None = None,
    ) -> None:
        async def work() -> Outcome:
            journal = new_journal(folder)
            requests = Requests(
                asana, identities or Identities(), limits or ExecutionLimits(), lambda: ""
            )
            self.attempts = Attempts(action, journal)
            try:
                return await requests.carry_out(action, self.attempts)
            finally:
                await journal.record({"entry": "executed"})
                journal.close()

        self.outcome = run(work())
        self.result = self.outcome.result
        self.detail = self.outcome.detail
        self.journal: JournalRecord = read_journal(folder / "run-1.jsonl")


def rejected(status: int) -> RejectedError:
    return RejectedError(f"{status} no", status=status)
