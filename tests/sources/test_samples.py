"""Exports that real servers and programs wrote: everybody in them is found, and nobody else."""

from pathlib import Path

import pytest

from syncer.model.directory import PeopleReading, Snapshot
from syncer.model.origin import Problem, Size
from tests.sources.shown import read

SAMPLES = Path(__file__).parents[1] / "samples"

WHOLE_TREES = (
    "ldapsearch-L0-with-comments",
    "ldapsearch-L1",
    "ldapsearch-LLL",
    "ldapsearch-LLL-nowrap",
    "ldapsearch-LLL-operational",
    "seed",
    "slapcat",
)
PEOPLE_ONLY = ("ldapsearch-LLL-selected", "paged-pr3")
REFERRED = "with-referral-LLL"
UIDS = sorted(
    {"ada", "ext1", "gone", "jsmith", "jsmith2", "locked", "longtitle"}
    | {"nomail", "obrien", "svc-backup", "twin", "wli", "zoe"}
)


def people_of(path: str) -> PeopleReading:
    return read(SAMPLES, [{"format": "ldif", "path": path}]).people[0]


def groups_of(*paths: str) -> Snapshot:
    return read(SAMPLES, groups=[{"format": "ldif", "path": path} for path in paths])


def faults(problems: tuple[Problem, ...]) -> list[str]:
    return [str(one) for one in problems if one.size is not Size.NOTICE]


@pytest.mark.parametrize("name", [*WHOLE_TREES, *PEOPLE_ONLY, REFERRED])
def test_every_export_of_one_tree_has_the_same_thirteen_people(name: str) -> None:
    reading = people_of(f"openldap/{name}.ldif")
    assert len(faults(reading.problems)) == (name == REFERRED)
    assert sorted(str(one.attributes["uid"]) for one in reading.records) == UIDS


@pytest.mark.parametrize("name", WHOLE_TREES)
def test_every_export_of_one_tree_has_the_same_eleven_groups(name: str) -> None:
    reading = groups_of(f"openldap/{name}.ldif").groups[0]
    assert faults(reading.problems) == []
    assert {one.name: len(one.members) for one in reading.groups} == {
        "Backend": 3,
        "Frontend Ü": 2,
        "Engineering": 4,
        "All Staff": 2,
        "Cycle A": 2,
        "Cycle B": 2,
        "R&D, EMEA": 2,
        "Dangling": 1,
        "Unique": 2,
        "developers": 3,
        "empty": 0,
    }
    assert all(one.complete for one in reading.groups)


@pytest.mark.parametrize("name", WHOLE_TREES)
def test_nasty_values_mean_the_same_in_every_export(name: str) -> None:
    people = {
        one.attributes["uid"]: one.attributes for one in people_of(f"openldap/{name}.ldif").records
    }
    assert people["zoe"]["cn"] == "Zoë Müller-Österreich"
    assert people["zoe"]["cn;lang-de"] == "Zoë Müller-Österreich"
    assert people["jsmith"]["mail"] == ("john.smith@example.com", "jsmith@example.com")
    assert people["jsmith2"]["title"] == "Engineer"
    assert people["jsmith2"]["description"] == ("leading space", "line one\nline two")
    assert str(people["longtitle"]["title"]).endswith("Europe Middle East and Africa")
    assert people["wli"]["givenname"] == "伟"
    assert "userpassword" not in people["ada"]
    assert "jpegphoto" not in people["ada"]


def test_a_referral_of_people_is_a_doubt_about_nobody_in_particular() -> None:
    (problem,) = people_of(f"openldap/{REFERRED}.ldif").problems
    assert (problem.size, problem.identity) == (Size.RECORD, ())
    assert "ou=remote" in problem.summary


def test_a_referral_that_is_ignored_and_one_of_groups_is_a_notice() -> None:
    source: dict[str, object] = {"format": "ldif", "path": f"openldap/{REFERRED}.ldif"}
    snapshot = read(SAMPLES, [source | {"referrals": "ignore"}], [source])
    (of_people,), (of_groups, *_) = snapshot.people[0].problems, snapshot.groups[0].problems
    assert of_people.size is of_groups.size is Size.NOTICE
    assert of_people.hint == "it is left out, as referrals: ignore says"


def test_a_size_limit_shows_only_in_what_the_server_said(tmp_path: Path) -> None:
    entries = (SAMPLES / "openldap/sizelimit.ldif").read_bytes()
    said = (SAMPLES / "openldap/sizelimit.stderr").read_bytes()
    (tmp_path / "export.ldif").write_bytes(entries + said)
    reading = read(tmp_path, [{"format": "ldif", "path": "export.ldif"}]).people[0]
    assert len(reading.records) == 5
    assert [one.summary for one in reading.problems] == [
        "the server stopped the search: size limit exceeded (4)"
    ]


def test_the_users_of_active_directory_are_all_read() -> None:
    reading = people_of("active-directory/users-paged.ldif")
    # 56 entries are in the trimmed file; the account krbtgt is nobody.
    assert len(reading.records) == 55
    assert reading.problems == ()
    named = {str(one.attributes["samaccountname"]): one.attributes for one in reading.records}
    assert named["ada"]["dn"] == "CN=Ada Lovelace,OU=Staff,DC=ad,DC=example,DC=com"
    assert named["jsmith"]["objectguid"] == "6a26a7fa-20f3-434a-be85-b95c486618a2"
    assert str(named["jsmith"]["objectsid"]).startswith("S-1-5-21-")
    assert named["jsmith"]["manager"] == "CN=Zoë Müller,OU=Staff,DC=ad,DC=example,DC=com"
    assert "krbtgt" not in named


def test_the_groups_of_active_directory_are_all_read() -> None:
    reading = groups_of("active-directory/groups-LLL.ldif").groups[0]
    assert len(reading.groups) == 43
    assert reading.problems == ()
    by_name = {one.name: one for one in reading.groups}
    assert len(by_name["All Staff"].members) == 1602
    assert by_name["Empty"].complete
    assert by_name["Empty"].members == ()
    assert {name for name, one in by_name.items() if not one.complete} == {
        "Domain Users",
        "Domain Guests",
        "Domain Computers",
        "Domain Controllers",
    }


FIRST, SECOND = (f"active-directory/all-staff-range-{start}.ldif" for start in (0, 1500))


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(["active-directory/all-staff-range-*.ldif"], id="by-a-glob"),
        pytest.param([FIRST, SECOND], id="as-two-sources"),
        pytest.param([SECOND, FIRST], id="in-any-order"),
        pytest.param([FIRST, SECOND, FIRST], id="one-part-twice"),
        pytest.param([FIRST, "active-directory/groups-LLL.ldif"], id="beside-the-whole-list"),
    ],
)
def test_a_big_group_is_joined_from_its_ranges(paths: list[str]) -> None:
    snapshot = groups_of(*paths)
    staff = [
        one for reading in snapshot.groups for one in reading.groups if one.name == "All Staff"
    ]
    assert [len(one.members) for one in staff] == [1602]
    assert staff[0].complete
    assert not any(reading.problems for reading in snapshot.groups)


@pytest.mark.parametrize(
    ("path", "missing"),
    [(FIRST, "the range 1500-* is missing"), (SECOND, "the range 0-1499 is missing")],
)
def test_a_big_group_with_a_missing_range_is_incomplete(path: str, missing: str) -> None:
    reading = groups_of(path).groups[0]
    assert not reading.groups[0].complete
    assert missing in reading.groups[0].why_incomplete
    assert [one.size for one in reading.problems] == [Size.RECORD]


HEADERS = sorted(path.name for path in (SAMPLES / "csv-headers").glob("*.csv"))


@pytest.mark.parametrize("name", HEADERS)
def test_the_header_of_every_known_export_is_understood(name: str, tmp_path: Path) -> None:
    header = (SAMPLES / "csv-headers" / name).read_text(encoding="utf-8").strip()
    columns = header.split(",")
    row = ",".join(f'"value, {number}"' for number in range(len(columns)))
    (tmp_path / name).write_text(f"{header}\n{row}\n", encoding="utf-8-sig")
    reading = read(tmp_path, [{"format": "csv", "path": name}]).people[0]
    assert reading.problems == ()
    assert list(reading.names.values()) == columns
    assert reading.closed
    values = [f"value, {number}" for number in range(len(columns))]
    assert sorted(map(str, reading.records[0].attributes.values())) == sorted(values)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_without_rows_is_refused(name: str) -> None:
    reading = read(SAMPLES / "csv-headers", [{"format": "csv", "path": name}]).people[0]
    assert [one.size for one in reading.problems] == [Size.STRUCTURAL]
