"""What SCIM hides, in whole runs: administrators, guests, invitations, domains, and a no."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from syncer.sandbox import Answer, Sandbox
from tests.story.harness import House

WORKSPACE = {"gid": "1200", "name": "Example"}
ROOT = {"id": "1", "userName": "root@example.com", "admin": True}
GUEST = {"id": "2", "userName": "zoe@example.com", "guest": True}
INVITED = {"id": "3", "userName": "grace@example.com", "status": "invited"}
LEAVER = {"id": "4", "userName": "gone@example.com"}


def furnished(house: House, *users: dict[str, Any], **state: Any) -> House:
    """A tenant of these people in which invitations are hidden from SCIM, as may well be."""
    document = {
        "sandbox": 1,
        "domains": ["example.com"],
        "workspace": WORKSPACE,
        "users": users,
        **state,
        "switches": {"invitations": "hidden", **state.get("switches", {})},
    }
    house.write("tenant.json", json.dumps(document))
    return house


def planned(house: House) -> Any:
    ended = house.plan("--format", "json")
    assert ended.code == 0, ended.err
    return ended.json["plan"]


def told(plan: Any) -> list[str]:
    return [f"{notice['subject']}: {notice['text']}" for notice in plan["notices"]]


def refs(plan: Any) -> list[str]:
    return [action["ref"] for action in plan["actions"]]


@pytest.mark.usefixtures("no_waiting")
def test_administrators_guests_and_invitations_are_known_before_anything_happens(
    house: House,
) -> None:
    furnished(house, ROOT, GUEST, INVITED, LEAVER)
    plan = planned(house)
    assert refs(plan) == [
        "deactivate_user:gone@example.com",
        "create_user:ada@example.com",
        "create_team:engineering",
    ]
    assert [unknown["subject"] for unknown in plan["unknown"]] == ["zoe@example.com"]
    assert "grace@example.com: invited to Asana and not listed" in "\n".join(told(plan))
    assert "administrators: 1 person is not in the directory: root@example.com" in told(plan)
    assert plan["facts"]["administrators"] == ["1"]
    applied = house.apply()
    assert applied.code == 0, applied.out + applied.err
    assert house.plan("--detailed-exitcode").code == 0
    by_name = {user["userName"]: user for user in house.tenant()["users"]}
    assert by_name["gone@example.com"]["status"] == "deactivated"
    assert by_name["root@example.com"] == {"userType": "enterprise", **ROOT}


def test_a_token_that_may_not_read_it_is_told_of_once_and_the_run_goes_on(house: House) -> None:
    furnished(house, ROOT, LEAVER, switches={"rest": "forbidden"})
    plan = planned(house)
    assert {"deactivate_user:root@example.com", "deactivate_user:gone@example.com"} <= set(
        refs(plan)
    )
    (line,) = [text for text in told(plan) if text.startswith("asana.workspace")]
    assert "GET /workspaces: 403" in line
    assert "name them in protected.users" in line


def break_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no page of memberships comes but the first."""
    respond = Sandbox.respond

    def breaking(
        self: Sandbox, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        answer = respond(self, method, target, headers, body)
        if "workspace_memberships" in target and "offset=" in target:
            return replace(answer, status=503, body=b"{}")
        return answer

    monkeypatch.setattr(Sandbox, "respond", breaking)


@pytest.mark.usefixtures("no_waiting")
def test_a_reading_that_breaks_off_holds_the_removals_and_exits_6(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(house, ROOT, LEAVER, switches={"rest_page_cap": 1})
    break_off(monkeypatch)
    plan = planned(house)
    held = {action["ref"]: action["held"] for action in plan["actions"] if action["held"]}
    assert held.keys() == {"deactivate_user:root@example.com", "deactivate_user:gone@example.com"}
    assert all("administrators of Asana could not be read" in why for why in held.values())
    assert house.apply().code == 6
    left = {user["userName"]: user.get("status") for user in house.tenant()["users"]}
    assert left["gone@example.com"] is None
    assert left["ada@example.com"] == "invited"


def test_of_several_organizations_the_one_of_our_domain_is_read(house: House) -> None:
    furnished(house, ROOT, switches={"rest_workspaces": "several"})
    assert planned(house)["facts"]["administrators"] == ["1"]


def test_a_workspace_that_is_named_is_read(house: House) -> None:
    furnished(house, ROOT, switches={"rest_workspaces": "several", "rest_domains": "absent"})
    assert "name one by its id" in "\n".join(told(planned(house)))
    house.edit("syncer.yaml", "  domains:", "  workspace: '1200'\n  domains:")
    assert planned(house)["facts"]["administrators"] == ["1"]


def test_null_asks_for_nothing_and_says_nothing(house: House) -> None:
    furnished(house, ROOT)
    house.edit("syncer.yaml", "  domains:", "  workspace: null\n  domains:")
    plan = planned(house)
    assert "deactivate_user:root@example.com" in refs(plan)
    assert not [text for text in told(plan) if "asana.workspace" in text]


def test_a_domain_that_the_organization_lacks_is_a_problem_of_its_people(house: House) -> None:
    furnished(house)
    house.edit("syncer.yaml", "[example.com]", "[example.com, example.org]")
    house.edit("people.csv", "zoe@example.com", "zoe@example.org")
    plan = planned(house)
    (unknown,) = plan["unknown"]
    assert unknown["reason"] == "example.org is no e-mail domain of the organization (example.com)"
    assert str(unknown["origin"]["line"]) == "4"


def test_administrators_are_ordinary_people_where_the_config_says_so(house: House) -> None:
    furnished(house, ROOT, LEAVER)
    house.edit("syncer.yaml", "teams:", "protected: {administrators: false}\nteams:")
    ended = house.plan("--format", "json")
    # The only administrator that is known may still not go: nobody could repair it.
    assert ended.code == 3
    (violation,) = ended.json["plan"]["violations"]
    assert violation["guard"] == "last_line:administrators"
    assert "--approve" not in house.plan().out, "no option accepts it, and none is offered"
    digest = ended.json["digest"]
    assert house.apply("--approve", digest, "--allow", "deactivate=9").code == 3
    assert house.apply("--hold").code == 6
    kept = {user["userName"]: user.get("status") for user in house.tenant()["users"]}
    assert kept["root@example.com"] is None
    assert kept["gone@example.com"] == "deactivated"


def test_ids_that_differ_find_nobody_by_mistake(house: House) -> None:
    # The gid of each is the SCIM id of the next one.
    furnished(
        house,
        ROOT,
        {"id": "2", "userName": "gone@example.com"},
        switches={"rest_gid": "different"},
    )
    assert "deactivate_user:gone@example.com" in refs(planned(house))
    assert planned(house)["facts"]["administrators"] == ["1"]


def test_a_saved_plan_waits_while_administrators_can_no_longer_be_read(house: House) -> None:
    furnished(house, ROOT, LEAVER)
    saved = str(house.folder / "saved.plan.json")
    assert house.plan("--out", saved).code == 0
    document = house.tenant()
    house.write("tenant.json", json.dumps({**document, "switches": {"rest": "forbidden"}}))
    applied = house.syncer("apply", "--yes", saved)
    assert applied.code == 5
    assert "administrators of Asana can no longer be read: GET /workspaces: 403" in applied.err


def test_a_saved_plan_waits_when_no_membership_is_shown_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(house, ROOT, LEAVER)
    saved = str(house.folder / "saved.plan.json")
    assert house.plan("--out", saved).code == 0
    respond = Sandbox.respond

    def emptied(
        self: Sandbox, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        answer = respond(self, method, target, headers, body)
        if "workspace_memberships" in target:
            return replace(answer, body=b'{"data": [], "next_page": null}')
        return answer

    monkeypatch.setattr(Sandbox, "respond", emptied)
    applied = house.apply(saved)
    assert applied.code == 5
    assert "can no longer be read: no membership of the organization is shown" in applied.err
    assert house.tenant()["users"][1] == LEAVER


@pytest.mark.usefixtures("no_waiting")
def test_who_was_an_administrator_stays_protected_when_nobody_may_read_it_any_more(
    house: House,
) -> None:
    furnished(house, ROOT, LEAVER, switches={"invitations": "listed"})
    assert house.apply().code == 0
    document = house.tenant()
    house.write("tenant.json", json.dumps({**document, "switches": {"rest": "forbidden"}}))
    plan = planned(house)
    assert refs(plan) == []
    (line,) = [text for text in told(plan) if text.startswith("asana.workspace")]
    assert "those who were administrators on " in line
    assert house.plan("--detailed-exitcode").code == 0
    # The next run that may read it learns anew who is one.
    demoted = [{**user, "admin": False} for user in document["users"]]
    house.write("tenant.json", json.dumps({**document, "users": demoted, "switches": {}}))
    assert refs(planned(house)) == ["deactivate_user:root@example.com"]


@pytest.mark.parametrize("now", [{"admin": True}, {"superAdmin": True}], ids=["admin", "super"])
def test_a_saved_plan_does_not_touch_who_has_become_an_administrator(
    house: House, now: dict[str, Any]
) -> None:
    furnished(house, ROOT, LEAVER)
    saved = str(house.folder / "plan.json")
    assert house.plan("--out", saved).code == 0
    furnished(house, ROOT, {**LEAVER, **now})
    ended = house.apply(saved)
    assert ended.code == 5
    assert "user gone@example.com is an administrator of Asana now" in ended.err
    users = house.tenant()["users"]
    assert [user.get("status") for user in users] == [None, None]


@pytest.mark.usefixtures("no_waiting")
def test_a_saved_plan_takes_nothing_while_nobody_can_say_who_is_an_administrator(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(house, ROOT, LEAVER, switches={"rest_page_cap": 1})
    saved = str(house.folder / "plan.json")
    assert house.plan("--out", saved).code == 0
    break_off(monkeypatch)
    ended = house.apply(saved)
    assert ended.code == 5
    assert "administrators of Asana could not be read" in ended.err
    assert house.tenant()["users"][1] == LEAVER
