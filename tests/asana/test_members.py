"""Members change by delta, and no server is ever talked into removing everybody."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from syncer.model.errors import ForbiddenError, RejectedError, UnreadableError
from tests.asana.build import a_team, answer, client, clock, run

Step = tuple[list[str], list[str]]
EVERYBODY = {"a", "b", "c", "d"}
FILTER = re.compile(r'members\[value eq "(.+)"\]')


class Server:
    """One team on a server that knows some forms of removal and not others.

    `by_list` is what it makes of a list: "values", "everything", or a refusal. `strict`
    refuses to remove strangers (noTarget); `stays` cannot be removed in any form; `several`
    says whether a PATCH may have more than one operation.
    """

    def __init__(
        self,
        *,
        by_filter: bool = True,
        by_list: str = "values",
        strict: bool = False,
        shown: bool = True,
        stays: str = "",
        late: int = 0,
        several: bool = True,
    ) -> None:
        self.members = set(EVERYBODY)
        self.name = "Team"
        self.by_filter, self.by_list, self.strict = by_filter, by_list, strict
        self.shown, self.stays, self.late, self.several = shown, stays, late, several
        self.bodies: list[list[dict[str, Any]]] = []
        self.lines: list[str] = []
        self._seen: set[str] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.lines.append(request.method)
        if request.method == "GET":
            return self._get()
        operations = json.loads(request.content)["Operations"]
        self.bodies.append(operations)
        members = set(self.members)
        if len(operations) > 1 and not self.several:
            return answer({"errors": [{"message": "one operation only"}]}, 400)
        for operation in operations:
            refusal = self._carry_out(operation, members)
            if refusal:
                return answer({"errors": [{"message": refusal}]}, 400)
        self._seen = self.members if self.late else None
        self.members = members
        return answer(None, 204)

    def _get(self) -> httpx.Response:
        seen = self.members
        if self._seen is not None and self.late:
            self.late -= 1
            seen = self._seen
        if not self.shown:
            return answer(a_team())
        return answer(a_team(members=[{"value": member} for member in sorted(seen)]))

    def _carry_out(self, operation: dict[str, Any], members: set[str]) -> str:
        if operation["op"] == "replace":
            self.name = operation["value"]
            return "" if operation["path"] == "displayName" else "unknown path"
        values = {entry["value"] for entry in operation.get("value", ())}
        if operation["op"] == "add":
            members |= values
            return "no such user" if "nobody" in values else ""
        if found := FILTER.fullmatch(operation["path"]):
            values = {found[1]}
            if not self.by_filter:
                return "unsupported path"
        elif self.by_list == "reject":
            return "unsupported value"
        elif self.by_list == "everything":
            values = set(members)
        if self.stays in values or (self.strict and not values <= members):
            return "not possible"
        members -= values
        return ""

    @property
    def forms(self) -> list[str]:
        return [" ".join(_form(operation) for operation in body) for body in self.bodies]


def _form(operation: dict[str, Any]) -> str:
    if operation["op"] in {"add", "replace"}:
        return str(operation["op"])
    return "list" if operation["path"] == "members" else "filter"


async def change(server: Server, *steps: Step, **settings: Any) -> str:
    async with client(server, **settings) as asana:
        for add, remove in steps:
            await asana.change_members("1", add, remove)
        return asana.removal_form


def test_adding_is_one_request_with_all_of_them() -> None:
    server = Server()
    assert run(change(server, (["x", "y"], []))) == "auto"
    assert server.bodies == [
        [{"op": "add", "path": "members", "value": [{"value": "x"}, {"value": "y"}]}]
    ]


def test_no_change_is_no_request() -> None:
    server = Server()
    run(change(server, ([], [])))
    assert server.lines == []


def test_the_filter_form_comes_first_and_stays() -> None:
    server = Server()
    assert run(change(server, (["x"], ["a", "b"]), ([], ["c"]))) == "filter"
    assert server.forms == ["add filter filter", "filter"]
    assert server.members == {"d", "x"}
    assert "GET" not in server.lines


def test_the_list_form_follows_on_a_refusal_and_is_remembered() -> None:
    server = Server(by_filter=False)
    assert run(change(server, ([], ["a"]), (["x"], ["b"]))) == "list"
    assert server.forms == ["filter", "list", "add list"]
    assert server.members == {"c", "d", "x"}


def test_additions_are_not_lost_while_the_form_is_found_out() -> None:
    server = Server(by_filter=False)
    run(change(server, (["x"], ["a"])))
    assert server.members == {"b", "c", "d", "x"}
    assert server.forms == ["add filter", "filter", "list", "add"]


def test_a_server_that_takes_a_list_for_everybody_is_found_out_and_put_right() -> None:
    server = Server(by_filter=False, by_list="everything")
    with pytest.raises(UnreadableError, match="removal of 1 for the removal of 4") as caught:
        run(change(server, ([], ["a"])))
    assert server.members == {"b", "c", "d"}
    assert "filter" in caught.value.hint


def test_such_a_server_is_found_out_behind_late_answers_too() -> None:
    server = Server(by_filter=False, by_list="everything", late=3)

    async def story() -> float:
        with pytest.raises(UnreadableError, match="put back"):
            await change(server, ([], ["a"]))
        return clock()

    assert run(story()) == 3.5
    assert server.members == {"b", "c", "d"}


def test_a_removal_that_never_shows_proves_nothing() -> None:
    server = Server(by_filter=False, late=100)
    server._seen = set(EVERYBODY)

    async def story() -> None:
        async with client(server) as asana:
            await asana.change_members("1", [], ["a"])
            assert not asana._membership._list_proven
            assert asana.removal_form == "list"

    run(story())


def test_the_config_may_ask_for_the_list_form_which_is_watched_once() -> None:
    server = Server()
    steps: tuple[Step, ...] = ((["x"], ["a"]), ([], ["b"]))
    assert run(change(server, *steps, member_removal="list")) == "list"
    assert server.forms == ["list", "add", "list"]
    assert server.lines == ["GET", "PATCH", "GET", "PATCH", "PATCH"]


def test_the_config_may_ask_for_the_list_form_where_members_are_hidden() -> None:
    server = Server(shown=False)
    run(change(server, ([], ["a"]), ([], ["b"]), member_removal="list"))
    assert server.members == {"c", "d"}
    assert server.lines == ["GET", "PATCH", "PATCH"]


def test_the_config_may_ask_for_the_filter_form_alone() -> None:
    server = Server(by_filter=False)
    with pytest.raises(RejectedError, match="unsupported path"):
        run(change(server, ([], ["a"]), member_removal="filter"))
    assert server.forms == ["filter"]


def test_where_members_are_hidden_the_list_form_is_not_risked() -> None:
    server = Server(by_filter=False, shown=False)
    with pytest.raises(RejectedError, match="unsupported path") as caught:
        run(change(server, ([], ["a"])))
    assert caught.value.hint.endswith("asana.member_removal: list")
    assert server.forms == ["filter"]


def test_removing_a_stranger_is_no_reason_for_the_list_form() -> None:
    server = Server(strict=True, by_list="everything")
    assert run(change(server, ([], ["a", "stranger"]))) == "filter"
    assert server.forms == ["filter filter", "filter"]
    assert server.members == {"b", "c", "d"}


def test_a_server_of_one_operation_a_request_gets_one_and_no_list() -> None:
    server = Server(several=False, by_list="everything")
    steps: tuple[Step, ...] = ((["x"], ["a", "b", "c"]), (["a"], ["x"]))
    assert run(change(server, *steps)) == "filter"
    assert server.members == {"a", "d"}
    first = ["add filter filter filter", "filter", "filter filter", "filter", "filter", "add"]
    assert server.forms == [*first, "add", "filter"]


def test_one_operation_a_request_is_found_out_after_the_form_too() -> None:
    server = Server(several=False)
    steps: tuple[Step, ...] = (([], ["a"]), (["x"], ["b"]), (["y"], ["c"]))
    assert run(change(server, *steps)) == "filter"
    assert server.forms == ["filter", "add filter", "add", "filter", "add", "filter"]
    assert server.members == {"d", "x", "y"}


def test_a_refusal_of_several_operations_is_not_looked_into_where_several_were_taken() -> None:
    server = Server()
    steps: tuple[Step, ...] = ((["x"], ["a"]), (["nobody"], ["b"]))
    with pytest.raises(RejectedError, match="no such user"):
        run(change(server, *steps))
    assert server.forms == ["add filter", "add filter"]
    assert server.members == {"b", "c", "d", "x"}


def test_a_refusal_after_a_lost_answer_is_no_reason_for_the_list_form() -> None:
    server = Server(strict=True, by_list="everything")
    lost = [True]

    def losing(request: httpx.Request) -> httpx.Response:
        reply = server(request)
        return answer(None, 502) if request.method == "PATCH" and lost and lost.pop() else reply

    async def story() -> str:
        async with client(losing) as asana:
            with pytest.raises(RejectedError, match="not possible") as caught:
                await asana.change_members("1", ["x"], ["a"])
            assert caught.value.in_doubt
            return asana.removal_form

    assert run(story()) == "auto"
    assert "list" not in " ".join(server.forms)
    assert server.members == {"b", "c", "d", "x"}


def test_a_list_is_not_sent_for_people_who_are_gone() -> None:
    server = Server(by_list="everything")
    run(change(server, (["x"], ["stranger"]), member_removal="list"))
    assert server.forms == ["add"]


def test_removing_only_strangers_leaves_nothing_but_the_additions() -> None:
    server = Server(strict=True, by_list="everything")
    run(change(server, (["x"], ["stranger"])))
    assert server.members == EVERYBODY | {"x"}


def test_an_addition_that_is_refused_is_no_reason_for_the_list_form() -> None:
    server = Server(by_list="everything")
    with pytest.raises(RejectedError, match="no such user"):
        run(change(server, (["nobody"], ["a"])))
    assert server.members == {"b", "c", "d"}
    assert "list" not in " ".join(server.forms)


def test_somebody_who_cannot_be_removed_is_the_first_error() -> None:
    server = Server(stays="a")
    with pytest.raises(RejectedError, match="not possible"):
        run(change(server, ([], ["a"])))
    assert server.members == EVERYBODY


def test_a_refusal_for_another_reason_is_not_about_the_form() -> None:
    script = answer({"errors": [{"message": "Forbidden"}]}, 403)

    async def story() -> None:
        async with client(lambda _: script) as asana:
            with pytest.raises(ForbiddenError):
                await asana.change_members("1", [], ["a"])
            assert asana.removal_form == "auto"

    run(story())


def test_a_second_try_may_fail_for_another_reason() -> None:
    replies = [answer(None, 400), answer(a_team(members=[{"value": "a"}])), answer(None, 403)]

    async def story() -> None:
        async with client(lambda _: replies.pop(0)) as asana:
            await asana.change_members("1", ["x"], ["a"])

    with pytest.raises(ForbiddenError):
        run(story())


def test_many_first_removals_find_out_one_after_the_other() -> None:
    server = Server(by_filter=False)

    async def slowly(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return server(request)

    async def story() -> None:
        async with client(slowly) as asana, asyncio.TaskGroup() as group:
            for member in ("a", "b", "c"):
                group.create_task(asana.change_members("1", [], [member]))

    run(story())
    assert server.forms == ["filter", "list", "list", "list"]
    assert server.members == {"d"}


async def rename(server: Server, *steps: Step) -> None:
    async with client(server) as asana:
        for add, remove in steps:
            await asana.change_members("1", add, remove, "New")


def test_a_new_name_goes_with_the_members_in_one_request() -> None:
    server = Server()
    run(rename(server, (["x"], [])))
    assert (server.name, server.members) == ("New", EVERYBODY | {"x"})
    assert server.forms == ["replace add"]


def test_a_new_name_goes_alone_while_the_form_of_removal_is_being_found_out() -> None:
    server = Server(by_filter=False)
    run(rename(server, ([], ["a"]), (["x"], ["b"])))
    assert (server.name, server.members) == ("New", {"c", "d", "x"})
    assert server.forms == ["replace", "filter", "list", "replace add list"]


def test_a_new_name_goes_before_the_members_where_a_patch_has_one_operation() -> None:
    server = Server(several=False)
    run(rename(server, (["x"], []), (["y"], [])))
    assert server.members == EVERYBODY | {"x", "y"}
    assert server.forms == ["replace add", "replace", "add", "replace", "add"]
