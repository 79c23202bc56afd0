"""An entry that may not be read any more is nobody who left."""

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
