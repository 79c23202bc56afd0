"""Policies through the command line: what they forbid does not happen, and who lifts them."""

import json
import re
import textwrap
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.json_schema import misfits
from tests.story.harness import House
from tests.story.test_exit_codes import leavers

OWNER = """\
policy:
  - name: engineering-owner
    forbid: "team == 'engineering' and 'engineering-approved' not in labels"
    message: a change of Engineering wants the label engineering-approved
"""
NOBODY_LEAVES = """\
policy:
  - name: nobody-leaves
    forbid: "kind == 'deactivate_user'"
    message: people leave on Mondays
    on_violation: hold
"""


def with_policy(house: House, text: str) -> House:
    """The house with a policy in its config; everything it has today is in Asana already."""
    assert house.apply().code == 0
    config = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", config + text)
    return house


def joins(house: House) -> None:
    """Ada comes to Engineering, with a title that is not forbidden."""
    house.edit("people.csv", "Managing Director,Executive", "Chair,Engineering")


def test_what_is_forbidden_refuses_the_whole_run(house: House) -> None:
    with_policy(house, OWNER)
    joins(house)
    before = house.tenant()
    ended = house.apply()
    told = " ".join(ended.out.split())
    assert (ended.code, house.tenant()) == (3, before)
    assert "REFUSED by 1 policy (engineering-owner)" in told
    assert "a change of Engineering wants the label engineering-approved" in told
    assert "concerns the members of team Engineering" in told
    assert "--allow policy:engineering-owner=1" in told
    shown = ended.out.replace(str(house.folder), "")
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    "lifted",
    [
        ("--label", "engineering-approved"),
        ("--allow", "policy:engineering-owner=1"),
    ],
)
def test_a_label_or_an_accepted_number_lifts_it(house: House, lifted: tuple[str, ...]) -> None:
    with_policy(house, OWNER)
    joins(house)
    assert house.apply(*lifted).code == 0
    assert house.plan("--detailed-exitcode").code == 0


def test_a_number_that_is_not_reached_or_exceeded_lifts_nothing(house: House) -> None:
    with_policy(house, OWNER)
    joins(house)
    assert house.apply("--allow", "policy:engineering-owner=0").code == 3
    unknown = house.apply("--allow", "policy:enginering-owner=1")
    assert unknown.code == 64
    assert "engineering-owner" in unknown.err


def test_labels_come_from_the_environment_where_no_option_gives_any(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_policy(house, OWNER)
    joins(house)
    monkeypatch.setenv("SYNCER_LABELS", " urgent, engineering-approved,")
    planned = house.plan("--format", "json").json["plan"]
    assert planned["policed"]["labels"] == ["engineering-approved", "urgent"]
    assert planned["violations"] == []
    assert house.plan("--label", "urgent", "--format", "json").json["plan"]["violations"]
    told = house.plan().out
    assert "engineering-approved, urgent" in told


def test_held_is_only_what_is_forbidden(house: House) -> None:
    with_policy(house, NOBODY_LEAVES)
    house.edit("people.csv", "0003,zoe@example.com,Zoë,Müller,Engineer,Engineering", "")
    text = (house.folder / "people.csv").read_text(encoding="utf-8")
    house.write("people.csv", "\n".join(text.splitlines()[:3]) + "\n")
    house.edit("people.csv", "Managing Director", "Chair")
    ended = house.apply()
    told = " ".join(ended.out.split())
    assert ended.code == 6
    assert "policy nobody-leaves: people leave on Mondays" in told
    status = {user["userName"]: user.get("active", True) for user in house.tenant()["users"]}
    assert len(status) == 3
    titles = {user["userName"]: user.get("title") for user in house.tenant()["users"]}
    assert titles["ada@example.com"] == "Chair"
    left = house.plan("--format", "json").json["plan"]["actions"]
    assert [action["kind"] for action in left] == ["deactivate_user"]


def test_a_saved_plan_is_judged_by_the_labels_of_its_apply(house: House) -> None:
    with_policy(house, OWNER)
    joins(house)
    saved = str(house.folder / "plan.json")
    label = ("--label", "engineering-approved")
    assert house.plan("--out", saved, *label).code == 0
    taken_away = house.apply(saved)
    assert taken_away.code == 3
    assert "engineering-owner" in taken_away.out
    assert house.apply(saved, *label).code == 0


def test_every_view_tells_of_it(house: House) -> None:
    with_policy(house, OWNER)
    joins(house)
    saved = str(house.folder / "plan.json")
    planned = house.plan("--format", "json", "--out", saved)
    schema = house.syncer("schema", "--plan").json
    assert not list(misfits(planned.json, schema, schema))
    (violation,) = planned.json["plan"]["violations"]
    assert violation["guard"] == "policy:engineering-owner"
    for style in ("text", "markdown", "html"):
        shown = house.syncer("show", saved, "--format", style).out
        assert "engineering-owner" in shown, style
        assert "against a policy" in shown, style
    report = house.apply("--format", "json").json
    schema = house.syncer("schema", "--report").json
    assert not list(misfits(report, schema, schema))
    assert [one["guard"] for one in report["violations"]] == ["policy:engineering-owner"]
    rehearsed = house.syncer("rehearse")
    assert rehearsed.code == 3
    assert "policy engineering-owner REFUSES it (exit 3)" in rehearsed.out
    why = " ".join(house.syncer("why", "ada@example.com").out.split())
    assert "engineering-owner" in why


def test_a_policy_is_asked_at_the_local_time_of_its_zone(house: House) -> None:
    zone = "policy_timezone: Pacific/Kiritimati\n"
    rule = "policy:\n  - {name: day, forbid: \"date == '%s'\", message: not on this day}\n"
    with_policy(house, zone + rule % "1999-01-01")
    joins(house)
    policed: Any = house.plan("--format", "json").json["plan"]["policed"]
    at = datetime.fromisoformat(policed["at"])
    assert policed["timezone"] == "Pacific/Kiritimati"
    assert at.utcoffset() is not None
    assert abs((at - datetime.now(UTC)).total_seconds()) < 600
    assert str(at.utcoffset()) == "14:00:00"
    house.edit("syncer.yaml", "1999-01-01", f"{at:%Y-%m-%d}")
    assert house.plan().code == 3


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        (
            """\
            policy_timezone: Mars/Olympus
            policy:
              - {name: one, forbid: "removal", message: "two\\nlines"}
              - {name: ONE, forbid: "irreversible", message: not twice}
              - {name: a b, message: no expression}
              - {name: %s, forbid: "rename", message: too long a name}
            """
            % ("x" * 61),
            [
                (18, "there is no time zone 'Mars/Olympus'"),
                (20, "must be one line of text"),
                (21, "policy 'ONE' stands twice"),
                (22, "key 'policy[2].forbid' is missing"),
                (22, "must be letters, digits and hyphens, such as quiet-friday, not 'a b'"),
                (23, "must be at most 60 characters long"),
            ],
        ),
        (
            """\
            policy:
              - {name: one, forbid: "weekday == 'Freitag'", message: never on Fridays}
              - {name: two, forbid: "tem == 'Finance'", message: a word that is not there}
              - {name: three, forbid: "deactivations +", message: half an expression}
            """,
            [(19, "'Friday'"), (20, "'team'"), (21, "policy[2].forbid")],
        ),
    ],
)
def test_everything_wrong_with_policies_is_told_at_once_with_its_line(
    house: House, policies: str, told: list[tuple[int, str]]
) -> None:
    config = (house.folder / "syncer.yaml").read_text(encoding="utf-8")
    house.write("syncer.yaml", config + textwrap.dedent(policies))
    ended = house.syncer("validate")
    assert ended.code == 64
    found = re.findall(r"syncer\.yaml:(\d+):(.*?)(?=\n\S)", ended.err, flags=re.DOTALL)
    assert [int(number) for number, _ in found] == [line for line, _ in told], ended.err
    for (_, text), (_, part) in zip(found, told, strict=True):
        assert part in " ".join(text.split())


def test_a_policy_that_cannot_be_worked_out_permits_nothing(house: House) -> None:
    rule = 'policy:\n  - {name: share, forbid: "updates / renames > 100", message: no}\n'
    with_policy(house, rule)
    joins(house)
    ended = house.plan()
    assert ended.code == 3
    assert "cannot be worked out" in " ".join(ended.out.split())


def test_a_policy_accepts_nothing_that_a_guard_refuses(house: House) -> None:
    leavers(house, 12)
    house.write(
        "syncer.yaml",
        (house.folder / "syncer.yaml").read_text(encoding="utf-8")
        + 'policy:\n  - {name: none, forbid: "hour < 0", message: never}\n',
    )
    ended = house.plan("--format", "json")
    guards = [one["guard"] for one in json.loads(ended.out)["plan"]["violations"]]
    assert ended.code == 3
    assert guards == ["deactivate"]


QUIET = """\
  - name: not-the-director
    forbid: "kind == 'update_user' and user == 'ada@example.com'"
    message: nobody touches the director without asking
    on_violation: hold
"""


def test_a_refusal_names_what_refuses_and_drift_that_is_held_is_not_undone(house: House) -> None:
    with_policy(house, OWNER + QUIET)
    joins(house)
    house.edit("people.csv", "Chair,Engineering", "Managing Director,Engineering")
    tenant = house.tenant()
    for user in tenant["users"]:
        user["title"] = "Chair"
    house.write("tenant.json", json.dumps(tenant))
    told = " ".join(house.plan().out.split())
    assert "REFUSED by 1 policy (engineering-owner): apply" in told
    assert "3 changes made in Asana since" in told
    assert "this plan undoes 2 " in told
    assert "held: what would be done about it waits (1 change): ~ ada@example.com" in told
    going = " ".join(house.plan("--label", "engineering-approved").out.split())
    assert "HELD by 1 policy (not-the-director): 1 action waits" in going


@pytest.mark.parametrize("style", ["text", "markdown", "html"])
def test_an_edited_plan_is_shown_with_whatever_moment_it_says(house: House, style: str) -> None:
    with_policy(house, OWNER)
    joins(house)
    saved = house.folder / "saved.json"
    assert house.plan("--out", str(saved)).code == 3
    document = json.loads(saved.read_text(encoding="utf-8"))
    document["plan"]["policed"]["at"] = "yesterday"
    house.write("saved.json", json.dumps(document))
    shown = house.syncer("show", str(saved), "--format", style)
    assert (shown.code, "asked on yesterday" in shown.out) == (0, True)
    assert house.apply(str(saved)).code == 5
