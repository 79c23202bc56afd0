"""The last word of earlier runs on each thing that they wrote."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from syncer.core.names import user_key
from syncer.model.drift import ACTIVE, MEMBER, NO
from syncer.model.past import History, Mark, MarkedRun
from syncer.model.state import USER_NAME, UserKey

Key = tuple[str, str, str]
"""The id of a person or team, what it is about, and the id of a member."""


@dataclass(frozen=True, slots=True)
class LastWord:
    """A mark that no later run has replaced, and the run that left it."""

    mark: Mark
    run: MarkedRun


@dataclass(frozen=True, slots=True)
class Words:
    """The last word on everything, without what is in doubt.

    `names` has the last known address of a person or name of a team by id, `bearers` the ids of
    those who were ever known by an address.
    """

    last: Mapping[Key, LastWord]
    names: Mapping[str, str]
    bearers: Mapping[UserKey, frozenset[str]]


def last_words(history: History) -> Words:
    """What the runs left, each thing as the last of them left it.

    What a run found in effect without asking for it is a word only where an earlier run may have
    asked for it. A membership ends with a deactivation, by which Asana drops it.
    """
    last: dict[Key, LastWord] = {}
    names: dict[str, str] = {}
    bearers: dict[UserKey, set[str]] = defaultdict(set)
    teams_of: dict[str, set[Key]] = defaultdict(set)
    for run in history.runs:
        for mark in run.marks:
            key = (mark.id, mark.what, mark.member_id)
            if mark.sure != "found" or key in last:
                last[key] = LastWord(mark, run)
            names[mark.id] = mark.subject
            if mark.kind == "person":
                name = mark.left_at if mark.what == USER_NAME and mark.left_at else mark.subject
                bearers[user_key(mark.subject)].add(mark.id)
                bearers[user_key(name)].add(mark.id)
                names[mark.id] = name
            if mark.what == MEMBER:
                teams_of[mark.member_id].add(key)
            elif mark.what == ACTIVE and mark.left_at == NO:
                for membership in teams_of.pop(mark.id, ()):
                    last.pop(membership, None)
    return Words(
        last={key: word for key, word in last.items() if word.mark.sure != "doubtful"},
        names=names,
        bearers={key: frozenset(ids) for key, ids in bearers.items()},
    )
