"""Cases of whole runs: a directory, a tenant and a config in, the plan and its effects out.

A case is a mapping; `tests/story/cases/rules/README.md` says what its keys mean.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final, Self

import yaml

from syncer.core.plan_document import read_document
from syncer.model.plan import InGrace, Plan
from tests.core.plan_input import told
from tests.story.harness import Ended, House
from tests.story.spellings import FORMATS, groups_text, people_text

CASES: Final = Path(__file__).parent / "cases" / "rules"
START: Final = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
BASE: Final[Mapping[str, Any]] = {
    "version": 1,
    "asana": {
        "sandbox": "tenant.json",
        "domains": ["example.com"],
        "requests_per_minute": 100_000,
    },
    "directory": {"key": "employeeNumber"},
    "mapping": {"userName": "mail"},
}
_STEP: Final = {
    "people",
    "more_people",
    "groups",
    "config",
    "asana",
    "teams",
    "sandbox",
    "files",
    "day",
    "age_hours",
    "apply_with",
    "apply",
}
_EXPECTED: Final = {
    "exit",
    "actions",
    "unknown",
    "manual",
    "grace",
    "notices",
    "held",
    "violations",
    "reasons",
    "counts",
    "errors",
    "guards_off",
}
_AFTER: Final = {"left", "after"}
_PLACE: Final = re.compile(r"[^\s(]*(?:people|more|groups|syncer)\.(?:csv|yaml|ldif):\d+")

Case = Mapping[str, Any]


def cases() -> Iterator[Case]:
    """Every case of every file, with those of `each` written out."""
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            for one in _written_out(case):
                known = _STEP | _EXPECTED | _AFTER | {"name", "formats", "before"}
                assert one.keys() <= known, f"{one['name']}: {one.keys() - known}"
                yield {**one, "file": path.stem}


def _written_out(case: Case) -> Iterator[Case]:
    each = case.get("each", [{}])
    template = {key: value for key, value in case.items() if key != "each"}
    for words in each:
        yield _filled(template, words)


def _filled(value: Any, words: Mapping[str, Any]) -> Any:
    match value:
        case str():
            if value[:1] == "<" and value[1:-1] in words:
                return words[value[1:-1]]
            for word, text in words.items():
                value = value.replace(f"<{word}>", str(text))
            return value
        case list():
            return [_filled(one, words) for one in value]
        case dict():
            return {_filled(key, words): _filled(one, words) for key, one in value.items()}
    return value


class Clock(datetime):
    """The time that a run reads; set `at` before it."""

    at: datetime = START

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        moment = cls.at.astimezone(tz)
        return cls.fromisoformat(moment.isoformat())


@dataclass(frozen=True)
class Stage:
    """The house in which one case is played, in one format of the directory."""

    house: House
    form: str

    def furnish(self, step: Case) -> None:
        """Write the files that this step names; the others stay as they are."""
        if "asana" in step or "teams" in step or "sandbox" in step:
            self.house.write("tenant.json", json.dumps(_tenant(step)))
        written = [self.house.write(*file) for file in self._directory(step)]
        written += [self.house.write(name, text) for name, text in step.get("files", {}).items()]
        Clock.at = START + timedelta(days=step.get("day", 0))
        at = (Clock.at - timedelta(hours=step.get("age_hours", 0))).timestamp()
        for path in written:
            os.utime(path, (at, at))
        if "config" in step or not (self.house.folder / "syncer.yaml").exists():
            config = _config(step, self.form, self.house.folder)
            self.house.write("syncer.yaml", yaml.safe_dump(config, sort_keys=False))

    def _directory(self, step: Case) -> Iterator[tuple[str, str]]:
        people, more = step.get("people", []), step.get("more_people", [])
        if "people" in step:
            yield f"people.{self.form}", people_text(self.form, people)
        if "more_people" in step:
            other = another(self.form)
            yield f"more.{other}", people_text(other, more, len(people) + 1)
        if "groups" in step:
            everybody = [*people, *more]
            yield f"groups.{self.form}", groups_text(self.form, step["groups"], everybody)

    def play(self, step: Case) -> Ended:
        """What `plan --format json` says after this step."""
        self.furnish(step)
        return self.house.plan("--format", "json")


def another(form: str) -> str:
    """The format of the second source of people where the first has this one."""
    return FORMATS[(FORMATS.index(form) + 2) % len(FORMATS)]


def _tenant(step: Case) -> dict[str, Any]:
    users = [
        {"userName" if key == "is" else key: value for key, value in user.items()}
        for user in _flat(step.get("asana", ()))
    ]
    groups = [
        {"id": team["id"], "displayName": team["name"], "members": team.get("members", [])}
        for team in step.get("teams", ())
    ]
    return {"sandbox": 1, "users": users, "groups": groups, **step.get("sandbox", {})}


def _flat(listed: Sequence[Any]) -> Iterator[Any]:
    """The entries, those of lists within the list too: YAML cannot add to an anchor."""
    for one in listed:
        yield from _flat(one) if isinstance(one, list) else (one,)


def _config(step: Case, form: str, folder: Path) -> dict[str, Any]:
    whole: dict[str, Any] = dict(BASE)
    for name, value in step.get("config", {}).items():
        merged = name in {"asana", "directory"}
        whole[name] = {**whole[name], **value} if merged else value
    sources = {
        kind: [{"format": one, "path": f"{stem}.{one}"} for one, stem in found]
        for kind, found in (
            ("people", [(form, "people"), (another(form), "more")]),
            ("groups", [(form, "groups")]),
        )
    }
    for kind, listed in sources.items():
        there = [one for one in listed if (folder / one["path"]).exists()]
        if there:
            whole["directory"] = {kind: there, **whole["directory"]}
    return whole


def said(plan: Plan) -> dict[str, Any]:
    """What a plan says, in the short form of cases."""
    return {
        "actions": [told(action) for action in plan.actions],
        "unknown": _by_subject((one.subject, one.reason) for one in plan.unknown),
        "manual": _by_subject((one.subject, f"{one.what}: {one.reason}") for one in plan.manual),
        "grace": [_waiting(one) for one in plan.in_grace],
        "notices": [_placeless(f"{one.subject}: {one.text}") for one in plan.notices],
        "held": [_placeless(action.held) for action in plan.held],
        "violations": [
            f"{one.guard} {one.counted} {one.subject}".strip() for one in plan.violations
        ],
        "reasons": {action.ref: _placeless(action.reason) for action in plan.actions},
        "counts": {name: getattr(plan.counts, name) for name in plan.counts.__slots__},
        "guards_off": list(plan.guards_off),
    }


def plan_of(ended: Ended) -> Plan:
    """The plan that a command printed."""
    return read_document(ended.out).plan


def _by_subject(told: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The texts of each subject, of which two records may tell."""
    found: dict[str, str] = {}
    for subject, text in sorted((subject, _placeless(text)) for subject, text in told):
        found[subject] = f"{found[subject]}; {text}" if subject in found else text
    return found


def _placeless(text: str) -> str:
    return _PLACE.sub("SOURCE", text)


def _waiting(one: InGrace) -> str:
    due = f", due {one.due_on}" if one.due_on else ""
    runs = f", {one.runs_left} more runs" if one.runs_left else ""
    return f"{one.user_name} since {one.absent_since}{due}{runs}"


def check(case: Case, found: Mapping[str, Any]) -> None:
    """Hold what the plan says against the case.

    Lists of actions, violations and grace are whole; notices and reasons may be told in part.
    """
    for name in ("actions", "grace", "violations"):
        expected = case.get(name, [])
        assert found[name] == expected, f"{name}: {found[name]} instead of {expected}"
    for name in ("unknown", "manual"):
        _check_texts(case.get(name, {}), found[name], whole=True)
    _check_texts(case.get("reasons", {}), found["reasons"], whole=False)
    for name in ("notices", "held"):
        _check_parts(case.get(name, []), found[name])
        assert name not in case or case[name] or not found[name], found[name]
    for name, number in case.get("counts", {}).items():
        assert found["counts"][name] == number, name
    if "guards_off" in case:
        assert found["guards_off"] == case["guards_off"]


def _check_texts(expected: Mapping[str, str], found: Mapping[str, str], *, whole: bool) -> None:
    assert expected.keys() == found.keys() if whole else expected.keys() <= found.keys(), found
    for subject, part in expected.items():
        assert part in found[subject], found


def _check_parts(expected: Sequence[str], found: Sequence[str]) -> None:
    for part in expected:
        assert any(part in text for text in found), found
