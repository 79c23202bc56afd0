"""What is told and not silently dropped: values, limits and rows in doubt."""

import base64
from collections.abc import Iterable
from pathlib import Path

import pytest

from syncer.model.directory import PeopleReading
from syncer.model.origin import Problem, Size
from tests.sources.shown import read

LATIN = base64.b64encode("Zoë".encode("latin-1")).decode()
ENTRY = "dn: uid=zoe,dc=example,dc=com\nobjectClass: person\nmail: zoe@example.com\n"


def ldif(folder: Path, text: str, wanted: Iterable[str] | None = None) -> PeopleReading:
    (folder / "p.ldif").write_text(text, encoding="utf-8")
    keys = None if wanted is None else frozenset(wanted)
    source: dict[str, object] = {"format": "ldif", "path": "p.ldif"}
    return read(folder, [source], key="employeeNumber", wanted=keys).people[0]


def summaries(problems: Iterable[Problem]) -> list[str]:
    return [one.summary for one in problems]


def test_a_binary_value_that_nobody_wants_is_left_out(tmp_path: Path) -> None:
    reading = ldif(tmp_path, f"{ENTRY}custom:: {LATIN}\n\n", {"mail"})
    assert len(reading.records) == 1
    assert reading.problems == ()


def test_a_wanted_value_that_is_no_text_makes_the_person_unknown(tmp_path: Path) -> None:
    text = f"{ENTRY}employeeNumber: 7\ntitle:: {LATIN}\n\n{ENTRY.replace('zoe', 'ada')}\n"
    reading = ldif(tmp_path, text, {"mail", "title"})
    assert [one.attributes["mail"] for one in reading.records] == ["ada@example.com"]
    (problem,) = reading.problems
    assert (problem.size, problem.column) == (Size.RECORD, "title")
    assert problem.identity == ("7", "zoe@example.com")


def test_an_address_that_is_no_text_could_be_anybodys(tmp_path: Path) -> None:
    text = f"{ENTRY}employeeNumber: 7\nworkMail:: {LATIN}\n\n{ENTRY.replace('zoe', 'ada')}\n"
    (problem,) = ldif(tmp_path, text, {"mail", "workmail"}).problems
    assert problem.size is Size.RECORD
    assert problem.identity == ()


def test_a_wanted_password_is_told_once_and_never_read(tmp_path: Path) -> None:
    text = f"{ENTRY}userPassword: secret\n\n{ENTRY.replace('zoe', 'ada')}userPassword: more\n\n"
    reading = ldif(tmp_path, text, {"mail", "userpassword"})
    assert all("userpassword" not in one.attributes for one in reading.records)
    (problem,) = reading.problems
    assert (problem.size, problem.column) == (Size.NOTICE, "userPassword")


def entries(count: int) -> str:
    return "".join(f"{ENTRY.replace('zoe', f'p{number}')}\n" for number in range(count))


@pytest.mark.parametrize(
    ("count", "end", "told"),
    [
        pytest.param(499, "", 0, id="below-a-usual-limit"),
        pytest.param(500, "", 1, id="at-the-limit-of-openldap"),
        pytest.param(1000, "", 1, id="at-the-limit-of-active-directory"),
        pytest.param(500, "# pagedresults: cookie=\n", 0, id="the-last-page-proves-it"),
        pytest.param(500, "# numResponses: 501\n# numEntries: 500\n", 0, id="the-count-proves-it"),
        pytest.param(500, "search: 2\nresult: 0 Success\n", 0, id="the-result-proves-it"),
    ],
)
def test_a_round_number_of_entries_is_told(
    tmp_path: Path, count: int, end: str, told: int
) -> None:
    problems = ldif(tmp_path, entries(count) + end).problems
    assert [one.size for one in problems] == [Size.NOTICE] * told


def test_a_result_without_a_number_is_a_failure(tmp_path: Path) -> None:
    problems = ldif(tmp_path, f"{ENTRY}\nresult: Referral\n").problems
    assert summaries(problems) == ["the server stopped the search: Referral"]


def test_success_on_stderr_is_no_failure(tmp_path: Path) -> None:
    assert ldif(tmp_path, f"{ENTRY}\nsearch done: all is well (0)\n").problems != ()
    assert ldif(tmp_path, f"{ENTRY}\nSuccess in full (0)\n").problems == ()


def test_several_referrals_are_one_notice(tmp_path: Path) -> None:
    links = "# refldap://a/dc=a\n\n# refldap://b/dc=b\n\n# refldaps://c/DC=ForestDnsZones,dc=c\n"
    (problem,) = ldif(tmp_path, f"{ENTRY}\n{links}").problems
    assert problem.summary.endswith("ldap://a/dc=a, and 1 more")


def test_a_file_full_of_mistakes_is_not_read_to_its_end(tmp_path: Path) -> None:
    problems = ldif(tmp_path, "mail: x\n\n" * 1000).problems
    assert len(problems) == 25
    (tmp_path / "p.csv").write_text("mail,name\n" + 'x@example.com,"a"b\n' * 1000)
    problems = read(tmp_path, [{"format": "csv", "path": "p.csv"}]).people[0].problems
    assert len(problems) == 25


def test_a_cell_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.sources.csv_table._LONGEST_CELL", 1000)
    (tmp_path / "p.csv").write_text('mail,name\nx@example.com,"' + "x\n" * 5000 + '"\n')
    problems = read(tmp_path, [{"format": "csv", "path": "p.csv"}]).people[0].problems
    assert problems[0].size is Size.STRUCTURAL


def test_a_group_with_a_member_that_is_no_text_is_incomplete(tmp_path: Path) -> None:
    text = f"dn: cn=Eng,dc=example,dc=com\nobjectClass: group\nmember:: {LATIN}\nmember: cn=a\n\n"
    (tmp_path / "g.ldif").write_text(text, encoding="utf-8")
    (group,) = read(tmp_path, groups=[{"format": "ldif", "path": "g.ldif"}]).groups[0].groups
    assert group.members == ("cn=a",)
    assert group.why_incomplete == "one of its members is no text"


def test_a_group_in_a_range_that_makes_no_sense_is_incomplete(tmp_path: Path) -> None:
    text = "dn: cn=Eng,dc=example,dc=com\nobjectClass: group\nmember;range=some: cn=a\n\n"
    (tmp_path / "g.ldif").write_text(text, encoding="utf-8")
    (group,) = read(tmp_path, groups=[{"format": "ldif", "path": "g.ldif"}]).groups[0].groups
    assert not group.complete


def test_a_wrong_filter_of_a_group_source_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "g.ldif").write_text(f"{ENTRY}\n", encoding="utf-8")
    source: dict[str, object] = {"format": "ldif", "path": "g.ldif", "select": "(("}
    problems = read(tmp_path, groups=[source]).groups[0].problems
    assert [one.column for one in problems] == ["select"]


def test_a_selected_group_goes_on_in_an_entry_of_its_range_alone(tmp_path: Path) -> None:
    text = (
        "dn: cn=Eng,dc=example,dc=com\nobjectClass: group\nmember;range=0-0: cn=a\n\n"
        "dn: cn=Eng,dc=example,dc=com\nmember;range=1-*: cn=b\n\n"
    )
    (tmp_path / "g.ldif").write_text(text, encoding="utf-8")
    source: dict[str, object] = {
        "format": "ldif",
        "path": "g.ldif",
        "select": "(objectClass=group)",
    }
    (group,) = read(tmp_path, groups=[source]).groups[0].groups
    assert (group.members, group.complete) == (("cn=a", "cn=b"), True)


def test_a_row_of_no_group_puts_every_group_of_the_source_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("group,member\nEng,ada@example.com\n")
    (tmp_path / "b.csv").write_text("group,member\n,zoe@example.com\n")
    reading = read(tmp_path, groups=[{"format": "csv", "path": "?.csv"}]).groups[0]
    assert [one.complete for one in reading.groups] == [False]
    assert [one.size for one in reading.problems] == [Size.RECORD]


def test_an_entry_may_be_spread_over_the_files_of_a_source(tmp_path: Path) -> None:
    first = ENTRY.replace("person", "user") + "memberOf;range=0-0: cn=a\n\n"
    second = "dn: uid=zoe,dc=example,dc=com\nmemberOf;range=1-*: cn=b\n\n"
    (tmp_path / "1.ldif").write_text(first, encoding="utf-8")
    (tmp_path / "2.ldif").write_text(second, encoding="utf-8")
    reading = read(tmp_path, [{"format": "ldif", "path": "?.ldif"}]).people[0]
    assert reading.problems == ()
    assert [one.attributes["memberof"] for one in reading.records] == [("cn=a", "cn=b")]


def test_ranges_that_nobody_wants_are_left_out(tmp_path: Path) -> None:
    reading = ldif(tmp_path, f"{ENTRY}memberOf;range=0-0: cn=a\n\n", {"mail"})
    assert reading.problems == ()
    assert set(reading.records[0].attributes) == {"dn", "mail"}
