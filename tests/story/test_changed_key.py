"""Another directory.key whose numbers are other people's numbers of before."""

from tests.story.harness import House

STAFF = """\
employeeNumber,badge,mail,givenName,sn,title,department,manager,status
0001,0002,ada@example.com,Ada,Lovelace,Director,Executive,,active
0002,0003,grace@example.com,Grace,Hopper,Engineer,Engineering,ada@example.com,active
0003,0001,zoe@example.com,Zoe,Mueller,Clerk,Engineering,grace@example.com,active
"""


def accounts(house: House) -> dict[str, tuple[str, str]]:
    return {user["id"]: (user["userName"], user["title"]) for user in house.tenant()["users"]}


def test_everybody_keeps_the_account_and_gets_the_new_number(house: House) -> None:
    house.write("people.csv", STAFF)
    house.edit("syncer.yaml", "teams:", "ledger: ledger.sqlite\nteams:")
    assert house.apply("--allow", "create=9").code == 0
    before = accounts(house)
    house.edit("syncer.yaml", "key: employeeNumber", "key: badge")
    house.edit("syncer.yaml", "employeeNumber: employeeNumber", "employeeNumber: badge")
    planned = house.plan("--format", "json").json["plan"]
    assert [
        sorted(change["field"] for change in one["changes"]) for one in planned["actions"]
    ] == [["employeeNumber"]] * 3
    assert "changed from employeenumber to badge" in planned["notices"][0]["text"]
    assert house.apply().code == 0
    assert accounts(house) == before
    assert house.plan("--detailed-exitcode").code == 0


def test_a_changed_address_besides_is_no_reason_to_deactivate(house: House) -> None:
    house.write("people.csv", STAFF)
    house.edit("syncer.yaml", "teams:", "ledger: ledger.sqlite\nteams:")
    assert house.apply("--allow", "create=9").code == 0
    house.edit("syncer.yaml", "key: employeeNumber", "key: badge")
    house.edit("syncer.yaml", "employeeNumber: employeeNumber", "employeeNumber: badge")
    # Zoe's badge is Ada's employee number, and neither has the address of before.
    house.edit("people.csv", "ada@example.com,Ada", "ada.king@example.com,Ada")
    house.edit("people.csv", "zoe@example.com,Zoe", "zoe.m@example.com,Zoe")
    planned = house.plan("--format", "json").json["plan"]
    assert [(one["kind"], one["user_name"], bool(one["held"])) for one in planned["actions"]] == [
        ("deactivate_user", "zoe@example.com", True),
        ("create_user", "ada.king@example.com", False),
        ("update_user", "grace@example.com", False),
    ]
    assert [one["subject"] for one in planned["unknown"]] == ["zoe.m@example.com"]
    # The addresses back: the ledger learns the badges, and by them a new address is a rename.
    house.write("people.csv", STAFF)
    assert house.apply().code == 0
    before = accounts(house)
    house.edit("people.csv", "zoe@example.com,Zoe", "zoe.m@example.com,Zoe")
    assert house.apply("--allow", "rename=1").code == 0
    zoe = next(key for key, (name, _) in before.items() if name == "zoe@example.com")
    assert accounts(house) == {**before, zoe: ("zoe.m@example.com", "Clerk")}
    assert house.plan("--detailed-exitcode").code == 0
