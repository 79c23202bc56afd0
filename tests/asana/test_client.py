"""The calls, one by one: verb, path, body, and what is made of the answer."""

from typing import Any

import httpx
import pytest

from syncer.apply.ports import AsanaPort
from syncer.asana.client import AsanaClient
from syncer.model.errors import RejectedError, UnreachableError, UnreadableError
from syncer.model.state import CurrentUser
from tests.asana.build import (
    ENTERPRISE_USER,
    Script,
    a_team,
    a_user,
    answer,
    client,
    listing,
    operations,
    query,
    run,
)

DONE = answer(None, 204)


def as_port(asana: AsanaClient) -> AsanaPort:
    """The client fits the port of the executor by shape; the type checker is the test."""
    return asana


async def update(script: Script, **changes: str | None) -> None:
    named = {name.replace("_", "."): value for name, value in changes.items()}
    async with client(script) as asana:
        await as_port(asana).update_user("7", named)


async def find(script: Script, user_name: str = "u1@example.com") -> CurrentUser | None:
    async with client(script) as asana:
        return await asana.find_user(user_name)


def test_creating_a_user() -> None:
    script = Script(answer(a_user(7, title="Lead"), 201))

    async def story() -> CurrentUser:
        async with client(script) as asana:
            return await asana.create_user("u7@example.com", {"title": "Lead"}, "view only")

    made = run(story())
    assert (made.id, made.attributes) == ("7", {"title": "Lead"})
    assert script.lines == ["POST /api/1.0/scim/Users"]
    assert script.requests[0].headers["content-type"] == "application/scim+json"
    assert script.body()["userType"] == "view only"


def test_an_existing_user_in_the_answer_to_a_create_is_shown_as_is() -> None:
    script = Script(answer(a_user(7, active=False), 200))

    async def story() -> CurrentUser:
        async with client(script) as asana:
            return await asana.create_user("U7@example.com", {}, None)

    assert not run(story()).active


def test_a_new_user_who_cannot_be_read_was_created_all_the_same() -> None:
    script = Script(answer({"id": "7", "userName": "u7@example.com"}, 201))

    async def story() -> None:
        async with client(script) as asana:
            await asana.create_user("u7@example.com", {}, None)

    with pytest.raises(UnreachableError, match="'active' is missing; status 201") as caught:
        run(story())
    assert caught.value.sent


def test_creating_a_team_whose_id_is_a_number() -> None:
    script = Script(answer({"id": 1, "displayName": "Team", "members": []}, 201))

    async def story() -> None:
        async with client(script) as asana:
            team = await asana.create_team("Team")
            assert (team.id, team.name, team.members) == ("1", "Team", frozenset())

    run(story())
    assert script.lines == ["POST /api/1.0/scim/Groups"]


def test_an_update_is_one_patch() -> None:
    script = Script(answer(a_user(7)))
    run(update(script, title="Lead", department="R&D", manager="9", userType="view only"))
    assert script.lines == ["PATCH /api/1.0/scim/Users/7"]
    assert operations(script.body()) == [
        {
            "op": "replace",
            "value": {
                "title": "Lead",
                ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "9"}},
                "userType": "view only",
            },
        }
    ]


def test_a_new_address_is_sent_as_user_name_alone() -> None:
    script = Script(DONE)
    run(update(script, userName="new@example.com"))
    assert operations(script.body())[0]["value"] == {"userName": "new@example.com"}


def test_no_change_is_no_request() -> None:
    script = Script(DONE)
    run(update(script))
    assert script.lines == []


def test_a_change_of_a_work_address_keeps_the_others() -> None:
    home = {"type": "home", "country": "FR"}
    script = Script(answer(a_user(7, addresses=[home])), DONE)
    run(update(script, country="DE", name_formatted="Ann"))
    assert script.lines == ["GET /api/1.0/scim/Users/7", "PATCH /api/1.0/scim/Users/7"]
    assert operations(script.body())[0]["value"] == {
        "addresses": [home, {"type": "work", "country": "DE"}],
        "name": {"formatted": "Ann"},
    }


@pytest.mark.parametrize("empty", [None, ""])
def test_clearing_is_get_modify_put(empty: str | None) -> None:
    user = a_user(7, title="Lead", active="False", nickName="A", meta={"version": "3"})
    script = Script(answer(user), answer(user))
    run(update(script, title=empty, department="R&D"))
    assert script.lines == ["GET /api/1.0/scim/Users/7", "PUT /api/1.0/scim/Users/7"]
    assert "if-match" not in script.requests[1].headers
    body = script.body()
    assert "title" not in body
    assert body["active"] is False
    assert body["nickName"] == "A"
    assert body["userName"] == "u7@example.com"
    assert body[ENTERPRISE_USER] == {"department": "R&D"}


def test_a_replacement_holds_on_to_the_version_it_was_made_from() -> None:
    script = Script(
        answer(a_user(7), etag='W/"1"'),
        answer(None, 412),
        answer(a_user(7, title="Boss"), etag='W/"2"'),
        DONE,
    )
    run(update(script, department=None))
    assert [request.method for request in script.requests] == ["GET", "PUT", "GET", "PUT"]
    assert [script.requests[i].headers["if-match"] for i in (1, 3)] == ['W/"1"', 'W/"2"']
    assert script.body()["title"] == "Boss"


@pytest.mark.parametrize("status", [400, 412])
def test_a_replacement_that_is_refused_for_good_is_an_error(status: int) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        return answer(a_user(7)) if request.method == "GET" else answer(None, status)

    async def story() -> None:
        async with client(serve) as asana:
            try:
                await asana.update_user("7", {"title": None})
            finally:
                assert asana.requests["PUT"] == (2 if status == 412 else 1)

    with pytest.raises(RejectedError, match=str(status)):
        run(story())


def test_deactivating_and_back() -> None:
    script = Script(DONE)

    async def story() -> None:
        async with client(script) as asana:
            await asana.set_active("7", active=False)
            await asana.set_active("7", active=True)

    run(story())
    values = [operations(script.body(index))[0]["value"] for index in (0, 1)]
    assert values == [{"active": False}, {"active": True}]


def test_an_answer_about_somebody_else_is_no_answer() -> None:
    async def story(call: str) -> None:
        async with client(Script(answer(a_user(8, displayName="Team")))) as asana:
            await getattr(asana, call)("7")

    for call in ("get_user", "get_team"):
        with pytest.raises(UnreadableError, match="about another id"):
            run(story(call))


@pytest.mark.parametrize("body", [[], "x", {"id": 7}, {"id": "7", "userName": "x"}])
def test_a_user_who_cannot_be_read_is_an_error(body: object) -> None:
    async def story() -> None:
        async with client(Script(answer(body))) as asana:
            await asana.get_user("7")

    with pytest.raises(UnreadableError):
        run(story())


def test_finding_a_user_is_one_request() -> None:
    script = Script(answer(listing([a_user(1, userName="U1@Example.com")])))
    found = run(find(script))
    assert found is not None
    assert found.id == "1"
    assert [query(request)["filter"] for request in script.requests] == [
        'userName eq "u1@example.com"'
    ]


def test_finding_nobody() -> None:
    script = Script(answer(listing([])))
    assert run(find(script)) is None
    assert len(script.requests) == 1


def test_letter_case_that_hides_somebody_costs_a_second_request() -> None:
    script = Script(answer(listing([])), answer(listing([a_user(1)])))
    found = run(find(script, "U1@Example.com"))
    assert found is not None
    assert [query(request)["filter"] for request in script.requests] == [
        'userName eq "U1@Example.com"',
        'userName eq "u1@example.com"',
    ]


def test_a_server_that_does_not_filter_is_read_whole() -> None:
    first = listing([a_user(2)], 2)
    script = Script(answer(first), answer(first), answer(listing([a_user(1)], 2)))
    found = run(find(script))
    assert found is not None
    assert found.id == "1"
    assert [sorted(query(request)) for request in script.requests] == [
        ["filter"],
        ["count", "startIndex"],
        ["count", "startIndex"],
    ]


def test_a_server_that_does_not_filter_may_show_that_there_is_nobody() -> None:
    assert run(find(Script(answer(listing([a_user(2), a_user(3)]))))) is None


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        pytest.param(
            [a_user(1), a_user(2, userName="U1@EXAMPLE.com")], "2 users answer", id="two"
        ),
        pytest.param([a_user(1, active=None)], "'active' is missing", id="unreadable"),
        pytest.param([{"id": "9"}], "'userName' is missing", id="could-be-anybody"),
    ],
)
def test_a_user_who_is_not_clear_is_an_error(entries: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        run(find(Script(answer(listing(entries)))))


def test_somebody_who_is_clear_is_not_hidden_by_somebody_who_is_not() -> None:
    found = run(find(Script(answer(listing([{"id": "9"}, a_user(1)])))))
    assert found is not None
    assert found.id == "1"


def test_finding_every_team_of_a_name() -> None:
    entries = [a_team(1, "Eng"), a_team(2, "ENG"), a_team(1, "Eng")]
    script = Script(answer(listing(entries)))

    async def story() -> list[str]:
        async with client(script) as asana:
            return [team.id for team in await asana.find_teams("Eng")]

    assert run(story()) == ["1", "2"]
    assert query(script.requests[0]) == {"filter": 'displayName eq "Eng"'}


def test_a_server_that_does_not_filter_teams_is_read_whole() -> None:
    script = Script(answer(listing([a_team(1, "Eng"), a_team(2, "Sales")])))

    async def story() -> list[str]:
        async with client(script) as asana:
            return [team.id for team in await asana.find_teams("eng")]

    assert run(story()) == ["1"]
    assert len(script.requests) == 2
