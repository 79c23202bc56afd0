"""Bad input gets an error that names file, line, column and remedy; never a plan of removals."""

from collections.abc import Callable

import pytest

from syncer.model.exits import Exit
from tests.story.harness import CONFIG, PEOPLE, House

Spoil = Callable[[House], object]


def people(text: str | bytes) -> Spoil:
    return lambda house: house.write("people.csv", text)


def config(old: str, new: str) -> Spoil:
    return lambda house: house.edit("syncer.yaml", old, new)


def without(name: str) -> Spoil:
    return lambda house: (house.folder / name).unlink()


def folder_instead_of(name: str) -> Spoil:
    def spoil(house: House) -> None:
        (house.folder / name).unlink()
        (house.folder / name).mkdir()

    return spoil


def unknown_group(house: House) -> None:
    house.edit("people.csv", ",status\n", ",status,groups\n")
    house.edit("people.csv", ",active\n", ",active,eng\n")
    house.edit("syncer.yaml", "when: \"department == 'Engineering'\"", "groups: [nobody-knows]")


STRUCTURAL = [
    pytest.param(without("syncer.yaml"), ["syncer.yaml", "syncer init"], id="no-config"),
    pytest.param(folder_instead_of("syncer.yaml"), ["syncer.yaml"], id="config-is-a-folder"),
    pytest.param(
        lambda house: house.write("syncer.yaml", ""), ["syncer.yaml", "empty"], id="empty-config"
    ),
    pytest.param(config("version: 1", "version: ["), ["syncer.yaml:"], id="config-is-not-yaml"),
    pytest.param(
        config("mapping:", "maping:"),
        ["syncer.yaml:9", "maping", "did you mean", "mapping"],
        id="typo-in-the-config",
    ),
    pytest.param(
        config("title: title", "title: jobtitle"),
        ["syncer.yaml:12", "jobtitle", "title"],
        id="header-without-the-mapped-column",
    ),
    pytest.param(
        config("department == ", "departement == "),
        ["syncer.yaml:17", "departement", "department"],
        id="expression-with-an-unknown-name",
    ),
    pytest.param(
        config("'Engineering'\"", "'Engineering\""), ["syncer.yaml:17"], id="broken-expression"
    ),
    pytest.param(without("people.csv"), ["people.csv"], id="no-people-file"),
    pytest.param(people(""), ["people.csv", "empty"], id="empty-people-file"),
    pytest.param(
        people(PEOPLE.splitlines()[0] + "\n"),
        ["people.csv:1", "not one row"],
        id="header-and-no-people",
    ),
    pytest.param(folder_instead_of("people.csv"), ["people.csv", "director"], id="a-folder"),
    pytest.param(
        people(PEOPLE.encode("cp1252")),
        ["people.csv:4", "encoding", "cp1252"],
        id="wrong-encoding",
    ),
    pytest.param(
        people(PEOPLE.replace("givenName", "mail")),
        ["people.csv:1", "mail"],
        id="duplicate-column",
    ),
    pytest.param(
        people(PEOPLE + '0009,"unclosed@example.com,A,B,C,D,,active\n'),
        ["people.csv:5"],
        id="file-cut-short-inside-quotes",
    ),
    pytest.param(
        config("path: people.csv", "path: people-*.csv"), ["people-*.csv"], id="empty-glob"
    ),
]

RECORD = [
    pytest.param(
        people(PEOPLE.replace("0003", "0002")),
        ["people.csv:3", "people.csv:4", "0002"],
        id="duplicate-key-names-both-lines",
    ),
    pytest.param(
        people(PEOPLE.replace("zoe@example.com", "GRACE@Example.com")),
        ["people.csv:3", "people.csv:4"],
        id="one-address-twice-after-case-folding",
    ),
    pytest.param(
        people(PEOPLE.replace("zoe@example.com", "zoe at example.com")),
        ["people.csv:4", "mail", "zoe at example.com"],
        id="invalid-address",
    ),
    pytest.param(
        people(PEOPLE.replace("zoe@example.com", "zoe\u200b@example.com")),
        ["people.csv:4", "mail", "zoe\\u200b@example.com"],
        id="address-with-a-letter-that-nobody-sees",
    ),
    pytest.param(
        people(PEOPLE.replace("zoe@example.com", "zoe@example.org")),
        ["people.csv:4", "example.org", "example.com"],
        id="address-outside-the-domains",
    ),
    pytest.param(
        people(PEOPLE + "0009,kim@example.com,Kim\n"),
        ["people.csv:5"],
        id="row-with-too-few-cells",
    ),
    pytest.param(
        people(PEOPLE.replace("grace@example.com,active", "grace@example.com,perhaps")),
        ["people.csv:4", "perhaps"],
        id="status-that-nobody-knows",
    ),
    pytest.param(
        unknown_group,
        ["syncer.yaml:17", "nobody-knows"],
        id="unknown-group",
    ),
]


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
@pytest.mark.parametrize(("spoil", "said"), STRUCTURAL)
def test_structural_doubt_stops_every_command(
    house: House, spoil: Spoil, said: list[str], command: str
) -> None:
    spoil(house)
    ended = house.apply() if command == "apply" else house.syncer(command)
    assert ended.code == 64, ended
    assert not ended.out
    assert "Traceback" not in ended.err
    for fragment in said:
        assert fragment in ended.err, ended.err
    assert not (house.folder / "tenant.json").exists()


@pytest.mark.parametrize(("spoil", "said"), RECORD)
def test_validate_lists_doubtful_records(house: House, spoil: Spoil, said: list[str]) -> None:
    spoil(house)
    ended = house.syncer("validate")
    assert ended.code == 64, ended
    for fragment in said:
        assert fragment in ended.err, ended.err


def test_validate_counts_one_as_one(house: House) -> None:
    header = "employeeNumber,mail,givenName,sn,title,department,manager"
    house.write("people.csv", f"{header}\n1,ada@example.com,,,,,\n")
    ended = house.syncer("validate")
    assert ended.code == 0, ended
    assert "1 person and 0 groups read; 1 person and 1 team wanted in Asana" in ended.out


@pytest.mark.parametrize(("spoil", "said"), RECORD)
def test_a_doubtful_record_removes_nobody(house: House, spoil: Spoil, said: list[str]) -> None:
    assert house.apply("--allow", "create=9").code == 0
    spoil(house)
    ended = house.plan("--format", "json")
    kinds = {action["kind"] for action in ended.json["plan"]["actions"]}
    assert "deactivate_user" not in kinds, ended.out
    removed = [
        member for action in ended.json["plan"]["actions"] for member in action.get("remove", ())
    ]
    assert not removed
    told = house.plan().out
    for fragment in said:
        assert fragment in told, told


@pytest.mark.parametrize(("spoil", "said"), RECORD)
def test_on_problem_stop_stops(house: House, spoil: Spoil, said: list[str]) -> None:
    house.edit(
        "syncer.yaml", "  key: employeeNumber\n", "  key: employeeNumber\n  on_problem: stop\n"
    )
    spoil(house)
    ended = house.plan()
    assert ended.code == 64
    assert said[-1] in ended.err


def test_every_problem_is_told_at_once(house: House) -> None:
    house.write(
        "syncer.yaml", CONFIG.replace("mapping:", "maping:").replace("sandbox:", "sandbx:")
    )
    ended = house.syncer("validate")
    assert "maping" in ended.err
    assert "sandbx" in ended.err


def every_fault_of_people(house: House) -> list[str]:
    house.write(
        "people.csv",
        PEOPLE
        + "0003,kim@example.com,Kim,Li,Engineer,Sales,,active\n"
        + "0004,ADA@example.com,Eda,Li,Engineer,Sales,,active\n"
        + "0005,lou at example.com,Lou,Li,Engineer,Sales,,active\n"
        + "0006,max@example.org,Max,Li,Engineer,Sales,,active\n",
    )
    return [f"people.csv:{line}: " for line in (2, 4, 5, 6, 7, 8)]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            config("when: \"department == 'Engineering'\"", "groups: [nope]"),
            "teams[0]: the direct",
        ),
        (config("== 'Engineering'\"", '=="'), "teams[0].when: 'department ==' is no expression"),
        (config("title: title", "title: jobtitle"), "mapping.title: the directory has no attrib"),
    ],
    ids=["no-groups", "broken-expression", "unknown-column"],
)
def test_a_fault_of_the_config_hides_no_fault_of_the_people(
    house: House, spoil: Spoil, said: str
) -> None:
    spoil(house)
    places = [*every_fault_of_people(house), said]
    ended = house.syncer("validate")
    assert ended.code == 64
    for place in places:
        assert place in ended.err, ended.err
    assert "\n7 problems" in ended.err
    assert house.plan().code == 64
    assert house.apply().code == 64
    assert not (house.folder / "tenant.json").exists()


def test_a_problem_that_stops_is_told_once(house: House) -> None:
    house.edit("syncer.yaml", "  key: emp", "  on_problem: stop\n  key: emp")
    house.write("people.csv", PEOPLE + "0009,kim@example.com,Kim\n")
    assert house.syncer("validate").err.count("people.csv:5") == 1


def test_a_file_that_lost_most_of_its_people_stops_the_run(house: House) -> None:
    rows = [f"{n:04},p{n}@example.com,P,{n},Engineer,Engineering,,active" for n in range(10, 40)]
    header = PEOPLE.splitlines()[0]
    house.write("people.csv", "\n".join([header, *rows, ""]))
    assert house.apply("--allow", "create=30").code == 0
    house.write("people.csv", "\n".join([header, *rows[:5], ""]))
    ended = house.plan()
    assert ended.code == 64
    assert "max_shrink_percent" in ended.err


@pytest.mark.parametrize("hours", ["nan", "inf", "1e300", "0", "-1"])
def test_an_age_that_is_no_age_is_refused(house: House, hours: str) -> None:
    ended = house.apply("--max-age", hours, "tonight.plan.json")
    assert ended.code == Exit.USAGE
    assert "--max-age" in ended.err


def test_the_cells_of_a_broken_row_are_saved_and_shown_nowhere(house: House) -> None:
    house.write("people.csv", PEOPLE + "0009,kim@example.com,Kim,hunter2-in-clear,x,,,,,,active\n")
    saved = house.folder / "saved.plan.json"
    shown = house.plan("--out", str(saved), "--format", "json")
    assert "the row has" in shown.out
    texts = [shown.out, shown.err, saved.read_text("utf-8"), house.plan().out]
    texts += [house.syncer("why", "people.csv:5").out, house.syncer("validate").err]
    assert not [text for text in texts if "hunter2" in text]
    assert house.apply("--allow", "create=9").code in {0, 6}
    left = [path for path in house.folder.rglob("*") if path.is_file() and path.suffix != ".csv"]
    assert len(left) >= 4
    assert not [path for path in left if b"hunter2" in path.read_bytes()]


def short_people(number: int, *, key: bool = True) -> str:
    """People whose addresses are as short as initials."""
    head = "employeeNumber,mail,givenName,sn,title,department,manager,status\n"
    rows = (
        f"{f'000{n}' if key else ''},u{n}@example.com,U{n},S{n},Engineer,Engineering,,active\n"
        for n in range(1, number + 1)
    )
    return head + "".join(rows)


@pytest.mark.parametrize("key", [True, False], ids=["numbered", "without-numbers"])
@pytest.mark.parametrize("ending", ["u8@example.co", "u8@example.c", "u8@exam", "u8@", "u8"])
def test_a_file_that_is_cut_within_an_address_removes_nobody(
    house: House, ending: str, *, key: bool
) -> None:
    """What is left may be an address still, and be nobody's."""
    if not key:
        house.edit("syncer.yaml", "  key: employeeNumber\n", "")
        house.edit("syncer.yaml", "  employeeNumber: employeeNumber\n", "")
    whole = house.write("people.csv", short_people(8, key=key)).read_text(encoding="utf-8")
    assert house.apply("--quiet").code == Exit.DONE
    house.write("people.csv", whole[: whole.index("u8@")] + ending)
    assert removals(house) == []


def test_a_slip_in_the_domain_of_a_short_address_removes_nobody(house: House) -> None:
    house.edit("syncer.yaml", "  key: employeeNumber\n", "")
    house.edit("syncer.yaml", "  employeeNumber: employeeNumber\n", "")
    house.write("people.csv", short_people(8))
    assert house.apply("--quiet").code == Exit.DONE
    house.edit("people.csv", "u8@example.com", "u8@exampel.com")
    assert removals(house) == []


def removals(house: House) -> list[str]:
    """Whose account the plan ends."""
    ended = house.plan("--format", "json")
    assert ended.code == Exit.DONE, ended
    actions = ended.json["plan"]["actions"]
    leaving = [one for one in actions if one["kind"] == "deactivate_user"]
    return [str(one["origin"]) for one in leaving if not one["held"]]
