"""The stand-in Asana: a tenant behind the documented wire formats, in memory or in one file.

`syncer.sandbox.server` puts it on a port. Imports nothing of ours and no library.
"""

from syncer.sandbox.description import Description, SwitchLine, TeamLine
from syncer.sandbox.errors import SandboxError
from syncer.sandbox.faults import Fault
from syncer.sandbox.open_questions import NOT_TESTABLE, QUESTIONS
from syncer.sandbox.sandbox import BASE_PATH, Request, Sandbox
from syncer.sandbox.switches import TABLE, Switches
from syncer.sandbox.wire import Answer

__all__ = [
    "BASE_PATH",
    "NOT_TESTABLE",
    "QUESTIONS",
    "TABLE",
    "Answer",
    "Description",
    "Fault",
    "Request",
    "Sandbox",
    "SandboxError",
    "SwitchLine",
    "Switches",
    "TeamLine",
]
