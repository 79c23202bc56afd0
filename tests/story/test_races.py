"""A moving world: what others do while a run is at work, and the run comes to the right end."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from syncer.apply.ledger import RunRecord, Sighting, record_run
from syncer.cli.locking import exclusive
from syncer.cli.wiring import Inputs
from syncer.sandbox import Answer, Sandbox
from tests.story.harness import PEOPLE, Ended, House

ALL = ("--allow", "create=9", "--format", "json")
Respond = Callable[..., Answer]


def test_what_another_run_did_while_this_one_waited_for_the_lock_counts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(3))
    house.write("people.csv", PEOPLE + people)
    assert house.apply("--allow", "create=6").code == 0
    house.write("people.csv", PEOPLE + people[people.index("1001") :])

    @contextmanager
    def after_another(inputs: Inputs) -> Iterator[None]:
        gone = {str(number): f"gone{number}@example.com" for number in range(5)}
        other = RunRecord(
            run_id="another",
            at=datetime.now(UTC),
            people=6,
            good=False,
            sighting=Sighting(),
            deactivated=gone,
        )
        record_run(house.folder / "syncer-ledger.sqlite", other)
        with exclusive(inputs):
            yield

    monkeypatch.setattr("syncer.cli.apply.exclusive", after_another)
    assert house.plan().code == 0
    refused = house.apply()
    assert refused.code == 3
    assert "5 deactivated in the last 7 days" in refused.out


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
Deed = Callable[["Somebody"], None]


class Somebody:
    """Somebody else at work in the same tenant, right before our first write."""

    def __init__(self, respond: Respond, deed: Deed) -> None:
        self._respond = respond
        self._deed: Deed | None = deed
        self._sandbox: Sandbox | None = None

    def answer(self, sandbox: Sandbox, method: str, *rest: Any) -> Answer:
        if method != "GET" and self._deed is not None:
            deed, self._deed, self._sandbox = self._deed, None, sandbox
            deed(self)
        return self._respond(sandbox, method, *rest)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        assert self._sandbox is not None
        headers = {
            "Authorization": f"Bearer {self._sandbox.token}",
            "Content-Type": "application/json",
        }
        target = f"{self._sandbox.base_path}/{path}"
        content = json.dumps(body).encode() if body else b""
        answer = self._respond(self._sandbox, method, target, headers, content)
        assert answer.status < 300, answer
        return json.loads(answer.body) if answer.body else None

    def patch(self, path: str, verb: str, value: Any, *, at: str | None = None) -> None:
        operation = {"op": verb, "value": value, **({"path": at} if at else {})}
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        self.ask("PATCH", path, {"schemas": schemas, "Operations": [operation]})

    def id_of(self, name: str) -> str:
        listed = self.ask("GET", "Users")["Resources"]
        return next(str(user["id"]) for user in listed if user["userName"] == name)

    def invites(self, address: str, **attributes: Any) -> None:
        schemas = ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE]
        self.ask("POST", "Users", {"schemas": schemas, "userName": address, **attributes})


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Deed], None]:
    """Let somebody do this while the next run is between its reading and its first write."""
    respond = Sandbox.respond

    def arrange(deed: Deed) -> None:
        somebody = Somebody(respond, deed)

        def answer(self: Sandbox, *request: Any) -> Answer:
            return somebody.answer(self, *request)

        monkeypatch.setattr(Sandbox, "respond", answer)

    return arrange


def switched(house: House, **switches: str) -> None:
    house.write("tenant.json", json.dumps({"sandbox": 1, "switches": switches}))


def settle(house: House) -> None:
    """The next run does what is left, and the one after it finds nothing."""
    again = house.apply("--allow", "create=9", "--allow", "rename=9")
    assert again.code == 0, again
    assert house.plan("--detailed-exitcode").code == 0
    names = [user["userName"] for user in house.tenant()["users"] if "status" not in user]
    assert sorted(names) == sorted(set(names))


def outcomes(ended: Ended) -> dict[str, tuple[str, str]]:
    return {one["ref"]: (one["result"], one["detail"]) for one in ended.json["outcomes"]}


def in_the_way(somebody: Somebody) -> None:
    somebody.invites("Zoe@example.com", title="Boss", name={"formatted": "Somebody"})


def just_as_planned(somebody: Somebody) -> None:
    somebody.invites(
        "zoe@example.com",
        title="Engineer",
        name={"formatted": "Zoë Müller"},
        **{ENTERPRISE: {"department": "Engineering", "employeeNumber": "0003"}},
    )


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("answer", ["409", "200", "201"])
def test_a_user_whom_somebody_else_creates_is_adopted_and_put_right_by_the_next_run(
    house: House, meanwhile: Callable[[Deed], None], answer: str
) -> None:
    switched(house, duplicate_user=answer)
    meanwhile(in_the_way)
    ended = house.apply(*ALL)
    assert ended.code == 4, ended
    result, detail = outcomes(ended)["create_user:zoe@example.com"]
    assert result == "failed"
    assert "title is 'Boss' instead of 'Engineer'" in detail
    assert "the next plan updates it" in detail
    # In the team all the same: who was there and who was not is one person.
    assert outcomes(ended)["change_members:engineering"] == ("applied", "")
    settle(house)
    (zoe,) = [u for u in house.tenant()["users"] if u["userName"].lower() == "zoe@example.com"]
    assert zoe["title"] == "Engineer"


@pytest.mark.parametrize("answer", ["409", "200", "201"])
def test_a_user_whom_somebody_else_creates_just_as_planned_is_applied(
    house: House, meanwhile: Callable[[Deed], None], answer: str
) -> None:
    switched(house, duplicate_user=answer)
    meanwhile(just_as_planned)
    ended = house.apply(*ALL)
    assert ended.code == 0, ended
    settle(house)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("revival", ["reject", "inactive", "revive"])
def test_a_leaver_whom_somebody_else_deprovisioned_is_no_newcomer(
    house: House, meanwhile: Callable[[Deed], None], revival: str
) -> None:
    switched(house, zombie_create=revival, zombies="gone")

    def invited_and_gone(somebody: Somebody) -> None:
        somebody.invites("zoe@example.com", title="Boss")
        somebody.ask("DELETE", f"Users/{somebody.id_of('zoe@example.com')}")

    meanwhile(invited_and_gone)
    ended = house.apply(*ALL)
    assert ended.code == 4, ended
    assert outcomes(ended)["create_user:zoe@example.com"][0] == "failed"
    (told,) = (one for one in ended.json["failures"] if one["kind"] == "create_user")
    assert told["detail"]
    if revival == "revive":
        settle(house)
    assert len(house.tenant()["users"]) == 3


def a_new_title(house: House) -> None:
    """A tenant as the directory has it, and then a change of Zoë's title to carry out."""
    assert house.apply(*ALL).code == 0
    house.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Müller,Chief")


def test_a_user_whom_somebody_else_renames_is_still_the_same(
    house: House, meanwhile: Callable[[Deed], None]
) -> None:
    a_new_title(house)

    def rename(somebody: Somebody) -> None:
        zoe = somebody.id_of("zoe@example.com")
        somebody.patch(f"Users/{zoe}", "replace", {"userName": "zoe.m@example.com"})

    meanwhile(rename)
    assert house.apply().code == 0
    assert {user["userName"]: user["title"] for user in house.tenant()["users"]}[
        "zoe.m@example.com"
    ] == "Chief"
    settle(house)
    assert len(house.tenant()["users"]) == 3


def test_a_member_whom_somebody_else_removes_is_back_after_the_next_run(
    house: House, meanwhile: Callable[[Deed], None]
) -> None:
    a_new_title(house)

    def remove(somebody: Somebody) -> None:
        (team,) = somebody.ask("GET", "Groups")["Resources"]
        zoe = somebody.id_of("zoe@example.com")
        somebody.patch(f"Groups/{team['id']}", "remove", None, at=f'members[value eq "{zoe}"]')

    meanwhile(remove)
    assert house.apply().code == 0
    (team,) = house.tenant()["groups"]
    assert len(team["members"]) == 1
    settle(house)
    (team,) = house.tenant()["groups"]
    assert len(team["members"]) == 2


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("rest", ["allowed", "forbidden"])
@pytest.mark.parametrize(("zombies", "code"), [("listed", 0), ("hidden", 4), ("gone", 4)])
def test_a_user_whom_somebody_else_deletes_stops_nobody_else(
    house: House, meanwhile: Callable[[Deed], None], zombies: str, code: int, rest: str
) -> None:
    switched(house, zombies=zombies, rest=rest)
    a_new_title(house)
    house.edit("people.csv", "Grace,Hopper,Engineer", "Grace,Hopper,Chief")

    def delete(somebody: Somebody) -> None:
        somebody.ask("DELETE", f"Users/{somebody.id_of('zoe@example.com')}")

    meanwhile(delete)
    ended = house.apply("--format", "json")
    assert ended.code == code, ended
    told = outcomes(ended)
    assert told["update_user:grace@example.com"] == ("applied", "")
    # Where Asana still shows her, her title is what was asked for; that she is gone is news.
    result, detail = told["update_user:zoe@example.com"]
    assert (result, bool(detail)) == (("failed", True) if code else ("applied", False))
    again = house.apply(*ALL)
    if zombies == "listed":
        assert again.code == 0, again
        assert house.plan("--detailed-exitcode").code == 0
    elif rest == "allowed":
        # The organization's own list knows her though SCIM shows nobody.
        assert again.code == 0, again
        (work,) = house.plan("--format", "json").json["plan"]["manual"]
        assert work["what"] == "invite the person again in Asana's admin console"
    else:
        # Nobody can tell her from a guest, so that a person must look.
        assert again.code == 4, again
        assert "somebody deprovisioned" in outcomes(again)["create_user:zoe@example.com"][1]
    assert len(house.tenant()["users"]) == 3


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    ("answer", "code"), [("reject", 4), ("silently-ignore", 4), ("allow", 0)], ids=str
)
def test_a_reactivation_counts_only_when_asana_shows_it(
    house: House, meanwhile: Callable[[Deed], None], answer: str, code: int
) -> None:
    switched(house, reactivation=answer)
    house.edit("syncer.yaml", "teams:", "lifecycle: {reactivate: attempt}\nteams:")
    a_new_title(house)

    def delete(somebody: Somebody) -> None:
        somebody.ask("DELETE", f"Users/{somebody.id_of('zoe@example.com')}")

    meanwhile(delete)
    assert house.apply().code == 0
    ended = house.apply("--format", "json")
    assert ended.code == code, ended
    told = outcomes(ended)
    assert told["reactivate_user:zoe@example.com"][0] == ("failed" if code else "applied")
    if code:
        (team,) = house.tenant()["groups"]
        assert len(team["members"]) == 1, told
    else:
        settle(house)
