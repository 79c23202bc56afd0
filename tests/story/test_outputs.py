"""No file that a command writes takes the place of one that the runs live from."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.cli.output import ENDINGS
from syncer.sandbox import Sandbox
from tests.story.harness import CONFIG, PEOPLE, House, furnish
from tests.story.test_rehearse import contents

RICH = (
    CONFIG.replace("  domains:", "  token: {file: token.txt}\n  ca_bundle: ca.txt\n  domains:")
    .replace(
        "- {format: csv, path: people.csv}",
        "- {format: csv, path: people.csv}\n    - {format: csv, path: 'more/*.txt'}",
    )
    .replace(
        "  key: employeeNumber",
        "  groups:\n    - {format: yaml, path: 'groups/**/*.json'}\n  key: employeeNumber",
    )
    + """\
ledger: ledger.json
metrics: {textfile: syncer.prom, pushgateway: {file: gateway.txt}}
notifications: {urls: [{file: urls.txt}], ping: {file: ping.txt}}
"""
)

IN_USE = {
    "syncer.yaml": "the config",
    "people.csv": "a file of directory.people",
    "more/a.txt": "a file of directory.people",
    "more/new.txt": "a file of directory.people",
    "groups/deep/er/a.json": "a file of directory.groups",
    "groups/new.json": "a file of directory.groups",
    "ledger.json": "the ledger",
    "ledger.json-journal": "the ledger",
    "tenant.json": "the tenant of asana.sandbox",
    "token.txt": "the file of asana.token",
    "ca.txt": "the file of asana.ca_bundle",
    "gateway.txt": "the file of metrics.pushgateway",
    "syncer.prom": "the file of metrics.textfile",
    "urls.txt": "the file of notifications.urls",
    "ping.txt": "the file of notifications.ping",
    "journal/.lock": "a file of the journal folder",
    "journal/20200101T000000Z-abcdef.jsonl": "a file of the journal folder",
}


@pytest.fixture
def rich(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose config names a file wherever one can be named."""
    house.write("syncer.yaml", RICH)
    house.write("more/a.txt", PEOPLE.replace("000", "100").replace("@", "1@"))
    house.write("groups/deep/er/a.json", '{"groups": [{"name": "all", "members": ["0001"]}]}')
    for name in ("token.txt", "ca.txt", "gateway.txt", "urls.txt", "ping.txt"):
        house.write(name, "secret")
    monkeypatch.setattr("syncer.cli.watched.tell", lambda *_, **__: None)
    assert house.apply("--allow", "create=99").code == 0
    return house


def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    def respond(*_: object) -> None:
        raise AssertionError("Asana was asked")

    monkeypatch.setattr(Sandbox, "respond", respond)


COMMANDS = (("plan",), ("apply", "--yes"), ("rehearse",))


@pytest.mark.parametrize("name", IN_USE)
def test_nothing_in_use_is_overwritten(
    rich: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = rich.folder / name
    before = contents(rich)
    unasked(monkeypatch)
    for command in COMMANDS:
        for option in ("--out", "--report"):
            if option == "--report" and (command == ("rehearse",) or path.suffix not in ENDINGS):
                continue
            ended = rich.syncer(*command, option, str(path))
            assert ended.code == 64
            told = " ".join(ended.err.split())
            assert f"{option} {path}: that is {IN_USE[name]}" in told
            assert "hint: name another file" in told
            assert contents(rich) == before


def relative(house: House, name: str) -> str:
    return os.path.relpath(house.folder / name)


def roundabout(house: House, name: str) -> str:
    return str(house.folder / "more" / ".." / name)


def symbolic(house: House, name: str) -> str:
    (house.folder / "link.json").symlink_to(name)
    return str(house.folder / "link.json")


def through_a_folder(house: House, name: str) -> str:
    (house.folder / "other").symlink_to(".")
    return str(house.folder / "other" / name)


def hard(house: House, name: str) -> str:
    (house.folder / "hard.json").hardlink_to(house.folder / name)
    return str(house.folder / "hard.json")


WAYS: list[Callable[[House, str], str]] = [
    relative,
    roundabout,
    symbolic,
    through_a_folder,
    hard,
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["people.csv", "tenant.json", "more/a.txt", "JOURNAL"])
def test_whatever_the_path_is_called(rich: House, name: str, way: Callable[..., str]) -> None:
    if name == "JOURNAL":
        (journal,) = (rich.folder / "journal").glob("*.jsonl")
        name = str(journal.relative_to(rich.folder))
    path = way(rich, name)
    before = contents(rich)
    ended = rich.plan("--out", path)
    assert ended.code == 64
    assert f"--out {path}: that is" in " ".join(ended.err.split())
    assert contents(rich) == before


def test_the_plan_that_is_applied_stays(house: House) -> None:
    saved = str(house.folder / "saved.json")
    assert house.plan("--out", saved).code == 0
    before = contents(house)
    for option in ("--out", "--report"):
        ended = house.apply(saved, option, saved)
        assert ended.code == 64
        assert "that is the plan" in ended.err
        assert contents(house) == before
    assert house.apply(saved).code == 0


def test_the_journal_of_an_undo_stays_wherever_it_is(house: House) -> None:
    assert house.apply().code == 0
    (journal,) = (house.folder / "journal").glob("*.jsonl")
    kept = house.write("kept.jsonl", journal.read_bytes())
    ended = house.plan("--undo", str(kept), "--out", str(kept))
    assert ended.code == 64
    assert "that is the journal to undo" in ended.err
    assert kept.read_bytes() == journal.read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        ("--out", "one.json", "--report", "one.json"),
        ("--report", "one.json", "--report", "./one.json"),
        ("--report", "a.md", "--out", "link.md"),
    ],
)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_two_outputs_do_not_share_a_file(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    options: tuple[str, ...],
) -> None:
    monkeypatch.chdir(house.folder)
    (house.folder / "link.md").symlink_to("a.md")
    unasked(monkeypatch)
    ended = house.syncer(*command, *options)
    assert ended.code == 64
    assert "writes there too" in ended.err


def test_what_an_earlier_run_wrote_is_written_anew(house: House) -> None:
    saved, report = house.folder / "saved.json", house.folder / "report.json"
    again = ("--out", str(saved), "--report", str(report))
    for path in (saved, report):
        path.write_text("old", encoding="utf-8")
    for command in (house.plan, house.plan, house.apply, house.apply):
        assert command(*again).code == 0
    assert "old" not in {saved.read_text(encoding="utf-8"), report.read_text(encoding="utf-8")}
    assert house.syncer("rehearse", "--out", str(report)).code == 0
    # A page beside the journals is no journal.
    assert house.plan("--report", str(house.folder / "journal" / "plan.html")).code == 0


def test_what_no_source_reads_may_be_written(rich: House) -> None:
    for name in ("more/.hidden.txt", "more/a.csv", "a.txt", "groups/.git/a.json", "groups.json"):
        path = rich.folder / name
        path.parent.mkdir(exist_ok=True)
        for _ in range(2):
            assert rich.plan("--out", str(path)).code == 0


@pytest.mark.parametrize(
    "pattern", ["data/*.ldif", "d*/*.ldif", "data/**/n*", "**/*.ldif", "data/**"]
)
@pytest.mark.parametrize("name", ["data/new.ldif", "elsewhere/new.ldif"])
def test_a_new_file_in_a_linked_folder_that_a_glob_reads_is_not_written(
    house: House, tmp_path_factory: pytest.TempPathFactory, pattern: str, name: str
) -> None:
    away = tmp_path_factory.mktemp("away")
    (house.folder / "elsewhere").symlink_to(away)
    (house.folder / "data").symlink_to("elsewhere")
    house.edit("syncer.yaml", "path: people.csv", f"path: '{pattern}'")
    (house.folder / "people.csv").rename(away / "now.ldif")
    ended = house.plan("--out", str(house.folder / name))
    assert ended.code == 64
    assert "that is a file of directory.people" in " ".join(ended.err.split())
    assert [path.name for path in away.iterdir()] == ["now.ldif"]


def test_a_folder_called_like_a_glob_is_none(tmp_path: Path) -> None:
    house = furnish(tmp_path / "[a]", CONFIG.replace("people.csv", "people*.csv"))
    ended = house.plan("--out", str(house.folder / "people-2.csv"))
    assert ended.code == 64
    assert "that is a file of directory.people" in ended.err


@pytest.mark.parametrize("broken", ["people.csv", "syncer.yaml"])
def test_what_ends_a_run_early_is_reported_over_nothing_in_use(rich: House, broken: str) -> None:
    yesterday = rich.apply("--format", "json").out
    with (rich.folder / broken).open("a", encoding="utf-8") as file:
        file.write("nonsense: 1\n")
    plan, report = rich.write("saved.json", "an old plan"), rich.folder / "report.json"
    before = contents(rich)
    report.write_text(yesterday, encoding="utf-8")
    in_use = [path for path in map(rich.folder.joinpath, IN_USE) if path.suffix in ENDINGS]
    in_use = [path for path in in_use if path.exists()]
    written = [option for path in (*in_use, plan, report) for option in ("--report", str(path))]
    ended = rich.apply(str(plan), *written, "--ignore-sources")
    assert ended.code == 64
    after = contents(rich)
    assert b"NOTHING DONE (exit 64)" in after.pop(str(report))
    assert after == before


@pytest.fixture
def unusable(rich: House) -> House:
    """The same house where the config says nothing any more."""
    rich.write("syncer.yaml", "nonsense: 1\n")
    return rich


@pytest.mark.parametrize("text", ["", "a note\n", "[]", "{}", "[" * 100_000, '{"headline": "x"}'])
def test_without_a_config_what_may_be_in_use_is_left_and_told(unusable: House, text: str) -> None:
    path = unusable.write("mine.json", text)
    before = contents(unusable)
    ended = unusable.apply("--report", str(path))
    assert ended.code == 64
    assert contents(unusable) == before
    assert f"--report {path}: not written" in ended.err


def test_without_a_config_nothing_goes_where_a_link_leads_nowhere(unusable: House) -> None:
    path = unusable.folder / "later.txt"
    path.symlink_to("not-mounted.txt")
    assert unusable.apply("--report", str(path)).code == 64
    assert path.is_symlink()


@pytest.mark.parametrize("ending", ENDINGS)
def test_without_a_config_a_report_goes_where_nothing_is(unusable: House, ending: str) -> None:
    # The name of a file says nothing of what it is.
    path = unusable.folder / f"nonsense{ending}"
    ended = unusable.apply("--report", str(path))
    assert "NOTHING DONE (exit 64)" in path.read_text(encoding="utf-8")
    assert "not written" not in ended.err


@pytest.mark.parametrize("name", ["saved.json", "no-config.json"])
def test_without_a_config_nothing_goes_where_the_run_looks_for_a_file(
    unusable: House, name: str
) -> None:
    path = unusable.folder / name
    saved = str(unusable.folder / "saved.json")
    config = str(unusable.folder / "no-config.json")
    assert unusable.syncer("-c", config, "apply", "--yes", saved, "--report", str(path)).code == 64
    assert not path.exists()
