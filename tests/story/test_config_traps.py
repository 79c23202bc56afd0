"""What the pages and comments of the examples warn of happens as they say."""

import csv
import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from syncer.config.loader import load_config
from tests.story.harness import House
from tests.story.told import ROOT

CONFIGS = ROOT / "configs"


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    """A copy of the example that the test names."""
    shutil.copytree(CONFIGS / request.param, tmp_path, dirs_exist_ok=True)
    return House(tmp_path)


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", [name], indirect=True)


def planned(house: House) -> Any:
    """The plan of the house, whether or not a guard refuses it."""
    ended = house.plan("--format", "json")
    assert ended.code in (0, 3), ended
    return ended.json["plan"]


def leavers(plan: Any) -> set[str]:
    refs = (action["ref"] for action in plan["actions"])
    return {ref.partition(":")[2] for ref in refs if ref.startswith("deactivate_user:")}


def without_column(house: House, name: str, header: str) -> None:
    path = house.folder / name
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    at = rows[0].index(header)
    text = io.StringIO()
    csv.writer(text).writerows(row[:at] + row[at + 1 :] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8")


EMPLOYED = "employeeType: student-services\nemployeeNumber: s2201"
MORE = "    - {format: csv, path: more.csv}"
MAPPED = "  manager: manager\n  employeeNumber: employeeId\n"
LEAST = "  expect: {{min_people: {}}}"
ALL = sorted(path.parent.name for path in CONFIGS.glob("*/tenant.json"))


@pytest.mark.parametrize("example", ALL, indirect=True)
def test_the_lines_for_the_real_asana_are_right(example: House) -> None:
    example.edit("syncer.yaml", "  sandbox: tenant.json\n", "")
    example.edit("syncer.yaml", "  # base_url:", "  base_url:")
    example.edit("syncer.yaml", "  # token:", "  token:")
    config = load_config(example.folder / "syncer.yaml").config
    assert config.asana.base_url == "https://app.asana.com/api/1.0/scim"
    assert config.asana.token is not None


@pytest.mark.parametrize("example", [name for name in ALL if name != "quickstart"], indirect=True)
def test_the_rules_that_are_shown_as_comments_are_rules(example: House) -> None:
    path = example.folder / "syncer.yaml"
    text = path.read_text(encoding="utf-8")
    rules = len(load_config(path).config.scope)
    path.write_text(re.sub(r"^  # - \{(in|ex)clude", r"  - {\1clude", text, flags=re.MULTILINE))
    added = load_config(path).config.scope[rules:]
    shown = text.count("# - {include") + text.count("# - {exclude")
    assert len(added) == shown
    if added:
        assert added[-1].exclude == "true"


@of("active-directory")
def test_a_lost_address_is_doubt_and_no_leaver(example: House) -> None:
    example.edit("export.ldif", "\nmail: marta.silva@nordlicht.example", "")
    plan = planned(example)
    assert plan["counts"]["unknown"] == 1
    assert leavers(plan) == {"birgit.falk@nordlicht.example", "ole.brandt@nordlicht.example"}


@of("active-directory")
def test_doubt_that_leads_to_nobody_holds_whoever_has_no_record(example: House) -> None:
    example.edit("export.ldif", "\nmail: chidi.okonkwo@nordlicht.example", "")
    example.edit("export.ldif", "\nproxyAddresses: SMTP:chidi.okonkwo@nordlicht.example", "")
    shown = example.plan("--format", "json").json["plan"]["actions"]
    held = {action["ref"] for action in shown if action.get("held")}
    assert "deactivate_user:ole.brandt@nordlicht.example" in held
    assert "deactivate_user:birgit.falk@nordlicht.example" not in held


@of("active-directory")
def test_ldifde_writes_orders_that_are_refused_until_they_are_taken_out(example: House) -> None:
    asked = planned(example)["actions"]
    export = (example.folder / "export.ldif").read_text(encoding="utf-8")
    entries = "\n\n".join(re.findall(r"^dn:.*?(?=\n\n)", export, re.DOTALL | re.MULTILINE))
    ordered = re.sub(r"(?m)^(dn:.*(?:\n .*)*)", r"\1\nchangetype: add", f"{entries}\n")
    example.write("export.ldif", ordered)
    assert example.plan().code == 64
    lines = ordered.splitlines(keepends=True)
    example.write("export.ldif", "".join(x for x in lines if not x.startswith("changetype:")))
    again = planned(example)["actions"]
    assert [action["ref"] for action in again] == [action["ref"] for action in asked]


@of("active-directory")
def test_a_move_into_an_excluded_unit_is_a_leaver(example: House) -> None:
    example.edit(
        "export.ldif",
        "dn: CN=Marta Silva,OU=Hamburg,OU=Staff,",
        "dn: CN=Marta Silva,OU=Service Accounts,",
    )
    assert "marta.silva@nordlicht.example" in leavers(planned(example))


@of("active-directory")
def test_a_team_of_a_primary_group_removes_nobody(example: House) -> None:
    example.edit("syncer.yaml", """when: "department == 'Fleet'\"""", "groups: [Domain Users]")
    plan = planned(example)
    assert [one["subject"] for one in plan["unknown"]] == ["Fleet"]
    assert "primary group" in plan["unknown"][0]["reason"]
    assert "change_members:fleet" not in {action["ref"] for action in plan["actions"]}


@of("active-directory")
def test_an_employee_id_as_the_key_needs_no_ledger(example: House) -> None:
    example.edit("syncer.yaml", "  key: objectGUID\n", "  key: employeeID\n")
    example.edit("syncer.yaml", "ledger: syncer-ledger.sqlite\n", "")
    example.edit("export.ldif", "proxyAddresses: smtp:liv.berg@", "proxyAddresses: smtp:nobody@")
    plan = planned(example)
    assert "liv.berg@nordlicht.example" not in leavers(plan)
    assert "renamed from liv.berg@nordlicht.example" in str(plan["actions"])


@of("okta")
def test_without_the_report_nobody_is_found_to_be_suspended(example: House) -> None:
    example.edit("syncer.yaml", "    - format: csv\n      path: password-health.csv\n", "")
    assert leavers(planned(example)) == {"ben.carter@brightwater.example"}


@of("okta")
def test_a_state_that_nobody_knows_is_doubt(example: House) -> None:
    row = "Diego Fernández,diego.fernandez@brightwater.example,"
    example.edit("password-health.csv", f"{row}ACTIVE", f"{row}HIBERNATING")
    plan = planned(example)
    assert plan["counts"]["unknown"] == 1
    assert "diego.fernandez@brightwater.example" not in leavers(plan)


@of("okta")
def test_a_profile_that_is_missing_from_the_export_removes_nobody(example: House) -> None:
    profiles = (
        (example.folder / "people.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    )
    example.write("people.csv", "".join(row for row in profiles if "Fernández" not in row))
    plan = planned(example)
    assert leavers(plan) == {"ben.carter@brightwater.example", "carlos.mendes@brightwater.example"}
    assert "create_user:api.reporting@brightwater.example" not in str(plan["actions"])


@of("okta")
def test_the_least_number_of_people_counts_the_rows_of_both_files(example: House) -> None:
    example.edit(
        "syncer.yaml", "  # expect: {min_people: 25, max_age_hours: 26}", LEAST.format(29)
    )
    assert example.syncer("validate").code == 0
    example.edit("syncer.yaml", LEAST.format(29), LEAST.format(30))
    assert example.syncer("validate").code == 64


@of("okta")
def test_people_on_leave_stay_where_the_config_says_so(example: House) -> None:
    example.edit("syncer.yaml", "  # active: ", "  active: ")
    assert leavers(planned(example)) == {"ben.carter@brightwater.example"}


@of("openldap")
def test_a_part_of_a_word_is_not_the_word(example: House) -> None:
    example.edit("export.ldif", "employeeType: student\nemployeeNumber: s2201", EMPLOYED)
    created = {action["ref"] for action in planned(example)["actions"]}
    assert "create_user:jonas.vogel@helio.example" in created


@of("openldap")
def test_an_export_of_yesterday_s_cron_job_is_refused(example: House) -> None:
    example.edit("syncer.yaml", "  # expect: {min_people: 10", "  expect: {min_people: 13")
    ended = example.syncer("validate")
    assert ended.code == 64
    assert "13" in ended.out + ended.err


@of("entra")
def test_the_other_name_of_the_id_is_one_line(example: House) -> None:
    example.edit("exportUsers.csv", ",givenName,id,", ",givenName,objectId,")
    assert example.plan().code == 64
    example.edit("syncer.yaml", "      # columns: {id: objectId}", "      columns: {id: objectId}")
    assert planned(example)["counts"]["unknown"] == 0


def with_a_second_file(house: House) -> None:
    """Managers and employee numbers for everybody of the download, read and mapped."""
    with (house.folder / "exportUsers.csv").open(encoding="utf-8-sig", newline="") as rows:
        people = list(csv.DictReader(rows))
    bilal = next(one["id"] for one in people if one["userPrincipalName"].startswith("bilal."))
    lines = ["id,userPrincipalName,employeeId,manager"]
    for at, one in enumerate(people):
        manager = "" if one["id"] == bilal else bilal
        lines.append(f"{one['id']},{one['userPrincipalName']},E{at},{manager}")
    house.write("more.csv", "\n".join(lines) + "\n")
    house.edit("syncer.yaml", "    # - {format: csv, path: more.csv}", MORE)
    house.edit("syncer.yaml", "  title: {from: jobT", f"{MAPPED}  title: {{from: jobT")


@of("entra")
def test_a_second_file_brings_managers(example: House) -> None:
    with_a_second_file(example)
    [update] = [
        action
        for action in planned(example)["actions"]
        if action["ref"] == "update_user:clara.jensen@meridian.example"
    ]
    assert "bilal.qureshi@meridian.example" in str(update)


@of("entra")
def test_an_employee_id_as_the_key_is_found_in_asana(example: House) -> None:
    with_a_second_file(example)
    example.edit("syncer.yaml", "  key: id\n", "  key: employeeId\n")
    example.edit("syncer.yaml", "ledger: syncer-ledger.sqlite\n", "")
    assert example.apply("--allow", "update=99").code == 0
    assert example.plan("--detailed-exitcode").code == 0
    for name in ("exportUsers.csv", "more.csv"):
        example.edit(name, "gianna.rossi@", "gianna.rossi-conti@")
    plan = planned(example)
    assert not leavers(plan)
    assert "renamed from gianna.rossi@meridian.example" in str(plan["actions"])


@of("google-workspace")
def test_a_view_without_the_status_keeps_whoever_is_suspended(example: House) -> None:
    without_column(example, "users.csv", "Status [READ ONLY]")
    assert leavers(planned(example)) == {"lionel.grey@orchard.example"}


@of("google-workspace")
def test_a_view_without_the_unit_is_refused(example: House) -> None:
    without_column(example, "users.csv", "Org Unit Path [Required]")
    ended = example.plan()
    assert ended.code == 64
    assert "Org Unit Path [Required]" in ended.out + ended.err


@of("google-workspace")
def test_a_unit_of_a_longer_name_is_another(example: House) -> None:
    example.edit("users.csv", "****,,/Staff/Sales,", "****,,/Services Editorial,")
    plan = planned(example)
    assert leavers(plan) == {"lionel.grey@orchard.example", "wanda.fox@orchard.example"}


@of("google-workspace")
def test_people_on_leave_stay_by_a_group(example: House) -> None:
    page = (CONFIGS / "google-workspace" / "README.md").read_text(encoding="utf-8")
    found = re.search(r'`(active: "[^`]+")`', page)
    column = re.search(r'`(status: "[^`]+")`', page)
    assert found is not None
    assert column is not None
    example.edit("syncer.yaml", "      columns:\n", f"      columns:\n        {column[1]}\n")
    example.edit("syncer.yaml", "  key: employeeId\n", f"  key: employeeId\n  {found[1]}\n")
    rows = (example.folder / "groups.csv").read_text(encoding="utf-8")
    rows += "on-leave@orchard.example,wanda.fox@orchard.example\n"
    example.write("groups.csv", rows)
    assert leavers(planned(example)) == {"lionel.grey@orchard.example"}
