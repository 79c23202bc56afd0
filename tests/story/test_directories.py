"""Real exports through the whole run: however a tree was exported, it asks for the same."""

from pathlib import Path

import pytest

from tests.story.harness import House

SAMPLES = Path(__file__).parents[1] / "samples"

OPENLDAP = """\
version: 1
asana: {sandbox: tenant.json, domains: [example.com]}
directory:
  people: [{format: ldif, path: export.ldif}]
  groups: [{format: ldif, path: export.ldif}]
  key: employeeNumber
scope:
  - {exclude: "not mail", because: no mailbox}
  - {exclude: "employeeType == 'Contractor'", because: contractors are guests}
mapping:
  userName: mail
  name.formatted: cn
  title: title
  department: ou
  manager: manager
teams:
  - {name: Engineering, groups: [Engineering]}
  - {for_each_group: "R&D, (?P<name>.+)", name: "Research {{ name }}"}
  - {name: Loop, groups: [Cycle A]}
  - {name: Posix, groups: [developers], mode: add_only}
"""

ACTIVE_DIRECTORY = """\
version: 1
asana: {sandbox: tenant.json, domains: [example.com], requests_per_minute: 100000}
directory:
  people: [{format: ldif, path: users.ldif}]
  groups:
    - {format: ldif, path: groups.ldif}
  key: employeeID
scope:
  - {exclude: "not mail", because: no mailbox}
mapping:
  userName: mail
  name.formatted: displayName
  title: title
  department: department
  manager: manager
teams:
  - {name: Engineering, groups: [Engineering], mode: add_only}
  - {name: Research, groups: ["R&D, EMEA"]}
"""

YAML_PEOPLE = """\
people:
  - {employeeNumber: 00123, mail: ada@example.com, name: Ada, title: no, groups: [eng]}
  - {employeeNumber: 00124, mail: zoe@example.com, name: Zoë, title: 12:30, groups: [eng]}
groups:
  - {name: leads, members: [ada@example.com, "00124"]}
"""

FORMS = (
    "seed.ldif",
    "slapcat.ldif",
    "ldapsearch-L0-with-comments.ldif",
    "ldapsearch-L1.ldif",
    "ldapsearch-LLL.ldif",
    "ldapsearch-LLL-nowrap.ldif",
    "ldapsearch-LLL-operational.ldif",
)


def test_every_form_of_an_export_gives_the_same_plan(house: House) -> None:
    house.write("syncer.yaml", OPENLDAP)
    digests = {}
    for form in FORMS:
        house.write("export.ldif", (SAMPLES / "openldap" / form).read_bytes())
        planned = house.plan("--format", "json")
        assert planned.code == 0, planned.err
        digests[form] = planned.json["digest"]
    assert len(set(digests.values())) == 1, digests


def test_an_openldap_tree_is_carried_out(house: House) -> None:
    house.write("syncer.yaml", OPENLDAP)
    export = SAMPLES / "openldap" / "ldapsearch-L0-with-comments.ldif"
    house.write("export.ldif", export.read_bytes())
    assert house.apply().code == 0
    assert house.plan("--detailed-exitcode").code == 0
    tenant = house.tenant()
    names = {user["id"]: user["userName"] for user in tenant["users"]}
    assert "Zoe.Mueller@Example.COM" in names.values()
    assert "eve@agency.example.net" not in names.values()
    teams = {
        team["displayName"]: {names[member] for member in team["members"]}
        for team in tenant["groups"]
    }
    assert teams["Research EMEA"] == {"sean.o'brien@example.com", "twin@example.com"}
    assert teams["Loop"] == {"sean.o'brien@example.com", "wei.li+asana@example.com"}


def test_a_size_limit_in_an_export_stops_the_run(house: House) -> None:
    house.write("syncer.yaml", OPENLDAP)
    cut = (SAMPLES / "openldap" / "ldapsearch-L1.ldif").read_text(encoding="utf-8")
    house.write("export.ldif", cut + "# search result\nsearch: 2\nresult: 4 Size limit exceeded\n")
    ended = house.plan()
    assert ended.code == 64
    assert "export.ldif:" in ended.err
    assert "limit" in ended.err


def test_an_active_directory_is_carried_out(house: House) -> None:
    house.write("syncer.yaml", ACTIVE_DIRECTORY)
    samples = SAMPLES / "active-directory"
    house.write("users.ldif", (samples / "users-paged.ldif").read_bytes())
    house.write("groups.ldif", (samples / "groups-LLL.ldif").read_bytes())
    ended = house.apply("--allow", "create=99")
    assert ended.code == 0, ended
    assert house.plan("--detailed-exitcode").code == 0
    users = {user["userName"]: user for user in house.tenant()["users"]}
    assert "lea.ver@example.com" not in users, "ACCOUNTDISABLE is set in userAccountControl"
    assert users["john.smith@example.com"]["name.formatted"] == "Smith, John"


def test_a_ranged_group_with_a_missing_part_removes_nobody(house: House) -> None:
    samples = SAMPLES / "active-directory"
    house.write(
        "syncer.yaml", ACTIVE_DIRECTORY.replace("[Engineering], mode: add_only", "[All Staff]")
    )
    house.write("users.ldif", (samples / "users-paged.ldif").read_bytes())
    whole = (samples / "all-staff-range-0.ldif").read_text() + "\n"
    rest = (samples / "all-staff-range-1500.ldif").read_text()
    others = (samples / "groups-LLL.ldif").read_text().split("\n\n")
    research = next(entry for entry in others if "R&D" in entry)
    house.write("groups.ldif", f"{research}\n\n{whole}\n{rest}")
    assert house.apply("--allow", "create=99").code == 0
    members = house.tenant()["groups"][0]["members"]
    assert len(members) > 20
    house.write("groups.ldif", f"{research}\n\n{whole}")
    planned = house.plan("--format", "json")
    removals = [a for a in planned.json["plan"]["actions"] if a.get("remove")]
    assert not removals
    assert "1500" in house.plan().out


def test_yaml_texts_stay_as_they_are_written(house: House) -> None:
    house.write("people.yaml", YAML_PEOPLE)
    house.write(
        "syncer.yaml",
        """\
        version: 1
        asana: {sandbox: tenant.json, domains: [example.com]}
        directory:
          people: [{format: yaml, path: people.yaml}]
          groups: [{format: yaml, path: people.yaml}]
          key: employeeNumber
        mapping:
          userName: mail
          name.formatted: name
          title: title
          employeeNumber: employeeNumber
        teams: [{name: Leads, groups: [leads]}, {name: Eng, groups: [eng]}]
        """,
    )
    assert house.apply().code == 0
    assert house.plan("--detailed-exitcode").code == 0
    users = {user["userName"]: user for user in house.tenant()["users"]}
    assert users["ada@example.com"]["employeeNumber"] == "00123"
    assert users["ada@example.com"]["title"] == "no"
    assert users["zoe@example.com"]["title"] == "12:30"
    assert [len(team["members"]) for team in house.tenant()["groups"]] == [2, 2]


@pytest.mark.parametrize(
    "sample", sorted((SAMPLES / "csv-headers").glob("*.csv")), ids=lambda p: p.stem
)
def test_init_makes_a_config_of_every_header(house: House, sample: Path) -> None:
    header = sample.read_text(encoding="utf-8").strip()
    house.write("export.csv", f"{header}\n")
    (house.folder / "syncer.yaml").unlink()
    ended = house.syncer(
        "init", "--dir", str(house.folder), "--from", "csv", str(house.folder / "export.csv")
    )
    assert ended.code == 0, ended
    assert (house.folder / "syncer.yaml").exists()
