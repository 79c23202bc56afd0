"""An entry that may not be read any more, or not as what it is, is nobody who left."""

from pathlib import Path

import pytest

from tests.story.harness import House

CONFIG = """\
version: 1
asana: {sandbox: tenant.json, domains: [example.com]}
directory:
  people:
    - {format: ldif, path: people.ldif}
  key: employeeNumber
mapping: {userName: mail, name.formatted: cn, employeeNumber: employeeNumber}
"""
PEOPLE = 8


def export(*, classes: bool, hidden: int | None = None) -> str:
    """People as ldapsearch exports them; of the hidden one the login may read no attribute."""
    return "\n".join(entry(n, classes=classes, hidden=n == hidden) for n in range(PEOPLE))


def entry(number: int, *, classes: bool, hidden: bool) -> str:
    name = f"dn: cn=u{number},ou=people,dc=example,dc=com\n"
    if hidden:
        return name
    kind = "objectClass: person\n" if classes else ""
    return f"{name}{kind}cn: u{number}\nmail: u{number}@example.com\nemployeeNumber: {number}\n"


@pytest.mark.parametrize("classes", [True, False], ids=["with-classes", "without-classes"])
def test_somebody_whose_attributes_are_hidden_is_no_leaver(
    tmp_path: Path, *, classes: bool
) -> None:
    house = House(tmp_path)
    house.write("syncer.yaml", CONFIG)
    house.write("people.ldif", export(classes=classes))
    assert house.apply("--quiet").code == 0
    house.write("people.ldif", export(classes=classes, hidden=3))
    ended = house.plan("--format", "json")
    assert ended.code == 0, ended
    actions = ended.json["plan"]["actions"]
    assert [one["kind"] for one in actions if not one["held"]] == []
    assert "'cn=u3,ou=people,dc=example,dc=com' shows neither" in ended.out


def whole(house: House) -> str:
    """Everybody, applied; the export."""
    people = export(classes=True)
    house.write("syncer.yaml", CONFIG)
    house.write("people.ldif", people)
    assert house.apply("--quiet").code == 0
    return people


@pytest.mark.parametrize("shown", ["acmePerson", "top", "acmePerson with top"])
@pytest.mark.parametrize("select", ["", "(objectClass=person)"])
@pytest.mark.parametrize("named", ["mail: u3@example.com", "displayName: u3"])
def test_somebody_of_a_class_that_is_not_known_is_no_leaver(
    tmp_path: Path, shown: str, select: str, named: str
) -> None:
    house = House(tmp_path)
    people = whole(house)
    third = "cn: u3\nmail: u3@example.com\n"
    classes = "".join(f"objectClass: {name}\n" for name in shown.split(" with "))
    before = f"objectClass: person\n{third}"
    house.write("people.ldif", people.replace(before, f"{classes}cn: u3\n{named}\n"))
    if select:
        house.edit("syncer.yaml", "path: people.ldif", f'path: people.ldif, select: "{select}"')
    ended = house.plan("--format", "json")
    assert ended.code == 0, ended
    assert ended.json["plan"]["actions"] == []
    (unknown,) = ended.json["plan"]["unknown"]
    assert "may be a person, of a class that is not known here" in unknown["reason"]


def test_a_class_that_select_names_is_known(tmp_path: Path) -> None:
    house = House(tmp_path)
    people = whole(house)
    third = "objectClass: person\ncn: u3"
    house.write("people.ldif", people.replace(third, "objectClass: acmePerson\ncn: u3"))
    select = 'select: "(|(objectClass=person)(objectClass=acmePerson))"'
    house.edit("syncer.yaml", "path: people.ldif", f"path: people.ldif, {select}")
    assert house.plan("--detailed-exitcode").code == 0


def test_a_part_of_the_tree_elsewhere_holds_all_removals(tmp_path: Path) -> None:
    house = House(tmp_path)
    people = whole(house)
    moved = people[: people.index("dn: cn=u7")]
    house.write("people.ldif", f"{moved}ref: ldap://other.example.com/ou=people\n")
    ended = house.plan("--format", "json")
    (action,) = ended.json["plan"]["actions"]
    assert (action["kind"], bool(action["held"])) == ("deactivate_user", True)
    house.edit("syncer.yaml", "path: people.ldif", "path: people.ldif, referrals: ignore")
    (action,) = house.plan("--format", "json").json["plan"]["actions"]
    assert (action["kind"], action["held"]) == ("deactivate_user", "")
