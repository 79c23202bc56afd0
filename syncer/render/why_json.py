"""Everything about one person as JSON, for a ticket or a chat bot.

The document has `format_version`, `asked` (the question as it was put) and `people`: one object
for everybody who could be meant, in the order of their places in the directory, users whom no
record names last. Each has
- `name`, `verdict` (unknown, protected, deactivate, create, change, held, manual, in_grace,
  reported, unmanaged or nothing), `sentence` (the verdict for people) and `irreversible`;
- `directory`: records, values with the file and line of the record that won and of those that
  lost, activity, directory_key, former addresses, and the problem that puts it in doubt;
- `scope`, `groups`, `attributes`, `manager`, `license`, `teams`: what the rules made of it, each
  with the place of the rule; null or empty where the rules were not asked;
- `match`: the user of Asana and by what it was found, candidates, doubt;
- `plan`: actions as in a plan file, changes of teams with nobody else in them, manual work,
  doubt, notices, violations, the guards that refuse the run, and drift as in a plan file;
- `memory`: the ledger, grace and protection.
An origin is an object of `path` and `line`. Keys may be added without a new version.
"""

import json
from typing import Final

from syncer.core.plan_document import jsonable
from syncer.core.tracing.trace import Answer

WHY_VERSION: Final = 1
"""To be raised when a reader of today would misread the document, not when keys are added."""


def why_json(answer: Answer) -> str:
    """The answer as indented JSON with a trailing newline; equal answers, equal bytes."""
    document = {
        "format_version": WHY_VERSION,
        "asked": answer.asked,
        "people": jsonable(answer.people),
    }
    # ASCII throughout, as in a report: a name may hold characters that reorder its neighbours.
    return json.dumps(document, ensure_ascii=True, indent=2) + "\n"
