"""A saved plan whose run was killed among the members of its teams, and is carried on with."""

import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from syncer.sandbox import Answer, Sandbox
from tests.story.harness import House
from tests.story.test_kill import Plug, killed, on_a_port

PEOPLE = 120
"""More than one request takes: the first hundred come with their team, the others later."""

TEAMS = ("North", "South", "West")

CONFIG = """\
version: 1
asana: {{base_url: "{url}", domains: [example.com], workspace: null}}
directory: {{people: [{{format: csv, path: people.csv}}], key: number}}
mapping: {{userName: mail, employeeNumber: number}}
teams: [{teams}]
guards: {{create: null, update: null}}
"""


class Severed(Plug):
    """Once it has struck, nothing more that was under way gets through."""

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method != "GET" and self.victim is not None and self.writes >= self._at:
            return Answer(503, {}, b"")
        return super().respond(method, target, headers, body)


def tenant(member_noop: str) -> Sandbox:
    users = [
        {"id": str(1000 + at), "userName": f"p{at}@example.com", "employeeNumber": str(at)}
        for at in range(PEOPLE)
    ]
    switches = {"member_noop": member_noop}
    return Sandbox.in_memory({"domains": ["example.com"], "users": users, "switches": switches})


def sizes(sandbox: Sandbox) -> list[int]:
    groups = sandbox.document()["groups"]
    assert isinstance(groups, list)
    return [len(group["members"]) for group in groups]


@pytest.mark.parametrize("member_noop", ["accept", "reject"])
def test_nobody_is_asked_for_who_is_in_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member_noop: str
) -> None:
    sandbox, house = tenant(member_noop), House(tmp_path)
    monkeypatch.setenv("ASANA_SCIM_TOKEN", sandbox.token)
    rows = "".join(f"{at},p{at}@example.com\n" for at in range(PEOPLE))
    house.write("people.csv", f"number,mail\n{rows}")
    # The teams are there, each with a hundred members.
    plug = Severed(sandbox, len(TEAMS) + 1, "before")
    saved = str(tmp_path / "saved.json")
    with on_a_port(plug) as url:
        teams = ", ".join(f'{{name: {name}, when: "true"}}' for name in TEAMS)
        house.write("syncer.yaml", CONFIG.format(url=url, teams=teams))
        assert house.plan("--out", saved).code == 0
        assert killed(house, plug, saved) == -signal.SIGKILL
        plug.victim = None
        assert sizes(sandbox) == [100] * len(TEAMS)
        sandbox.requests.clear()
        resumed = house.apply(saved)
    assert resumed.code == 0, resumed
    assert f"all done, {2 * len(TEAMS)} actions applied and read back" in resumed.out
    asked = Counter((one.method, one.status) for one in sandbox.requests if one.method != "GET")
    assert asked == {("PATCH", 204): len(TEAMS)}
    assert sizes(sandbox) == [PEOPLE] * len(TEAMS)
