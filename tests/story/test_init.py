"""A starter config made from a file plans at once, and finds leavers without a further edit."""

import pytest

from tests.story.harness import House

SPREADSHEET = """\
Emp ID,First,Last,E-Mail,Dept,Status
1,Ada,Lovelace,ada@example.com,Executive,Active
2,Grace,Hopper,grace@example.com,Engineering,Active
3,Zoë,Müller,zoe@3m.example,Engineering,Active
4,Jean,Bartik,jean@3m.example,Finance,Active
"""


@pytest.fixture
def started(house: House) -> House:
    (house.folder / "syncer.yaml").unlink()
    house.write("export.csv", SPREADSHEET)
    export = str(house.folder / "export.csv")
    ended = house.syncer("init", "--dir", str(house.folder), "--from", "csv", export)
    assert ended.code == 0, ended
    return house


def test_the_domains_of_the_file_are_named_and_leavers_found(started: House) -> None:
    assert started.apply().code == 0
    created = {user["name.formatted"] for user in started.tenant()["users"]}
    assert created == {"Ada Lovelace", "Grace Hopper", "Zoë Müller", "Jean Bartik"}
    started.edit("export.csv", SPREADSHEET.splitlines()[4] + "\n", "")
    actions = started.plan("--format", "json").json["plan"]["actions"]
    assert [action["ref"] for action in actions] == ["deactivate_user:jean@3m.example"]
