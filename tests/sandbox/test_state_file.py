"""The state file: pleasant to edit, replaced whole or not at all, shared between processes."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from syncer.sandbox import TABLE, Sandbox, SandboxError, Switches
from tests.sandbox.talking import Talk, tenant, tenant_document

TITLE = [{"op": "replace", "value": {"title": "New"}}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps(tenant_document()), encoding="utf-8")
    return file


def test_an_absent_file_is_created_empty(tmp_path: Path) -> None:
    path = tmp_path / "tenant.json"
    sandbox = Sandbox.open(path, domains=["example.com"])
    assert sandbox.token == "sandbox-token"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="utf-8") == (
        "{\n"
        '  "sandbox": 1,\n'
        '  "profile": "strict",\n'
        '  "switches": {},\n'
        '  "token": "sandbox-token",\n'
        '  "domains": ["example.com"],\n'
        '  "seats": {},\n'
        '  "nextId": 1001,\n'
        '  "users": [],\n'
        '  "groups": []\n'
        "}\n"
    )


def test_the_file_has_one_user_a_line_sorted_by_id(path: Path) -> None:
    Talk(Sandbox.open(path)).ok("PATCH /Users/1002", TITLE)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert (
        '    {"id": "1002", "userName": "bob@example.com", "userType": "view only",'
        ' "name.formatted": "Bob Ray", "title": "New"},'
    ) in lines
    ids = [json.loads(line.rstrip(","))["id"] for line in lines if line.startswith('    {"id"')]
    assert ids == sorted(ids, key=int)


def test_saving_and_reading_again_changes_nothing(path: Path) -> None:
    sandbox = Sandbox.open(path)
    sandbox.save()
    assert json.loads(path.read_text(encoding="utf-8")) == tenant_document()
    assert sandbox.document() == tenant_document()
    assert Sandbox.open(path).document() == tenant_document()


def test_a_change_is_on_disk_when_it_is_answered(path: Path) -> None:
    Talk(Sandbox.open(path)).ok("PATCH /Users/1001", TITLE)
    assert Talk(Sandbox.open(path)).ok("GET /Users/1001")["title"] == "New"


def test_reads_and_refusals_and_changes_of_nothing_leave_the_file_alone(path: Path) -> None:
    before = path.stat()
    talk = Talk(Sandbox.open(path))
    talk.ok("GET /Users")
    talk.send("DELETE /Users/4711")
    talk.ok("PATCH /Users/1001", [{"op": "replace", "value": {"title": "Lead"}}])
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_the_mode_of_the_file_and_a_link_to_it_stay(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    Talk(Sandbox.open(link)).ok("PATCH /Users/1001", TITLE)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert '"New"' in path.read_text(encoding="utf-8")


def test_an_edit_by_hand_counts_from_the_next_request_on(path: Path) -> None:
    talk = Talk(Sandbox.open(path))
    document = tenant_document()
    document["users"][0]["title"] = "By hand"
    document["switches"] = {"paging": "honours"}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert talk.ok("GET /Users/1001")["title"] == "By hand"
    assert talk.sandbox.switches.paging == "honours"


def test_two_processes_on_one_file_lose_no_write_of_each_other(path: Path) -> None:
    one, other = Talk(Sandbox.open(path)), Talk(Sandbox.open(path))
    for number in range(5):
        one.ok("POST /Users", {"userName": f"one{number}@example.com"})
        other.ok("POST /Users", {"userName": f"other{number}@example.com"})
    users = Talk(Sandbox.open(path)).ok("GET /Users")["Resources"]
    assert len({user["id"] for user in users}) == 6 + 10
    assert one.ok("GET /Users") == other.ok("GET /Users")


WRITER = """
import sys
from pathlib import Path
from syncer.sandbox import Sandbox
from tests.sandbox.talking import Talk
talk = Talk(Sandbox.open(Path(sys.argv[1])))
for number in range(10):
    talk.ok("POST /Users", {"userName": f"{sys.argv[2]}{number}@example.com"})
"""


def test_writers_in_many_processes_wait_for_each_other(path: Path) -> None:
    root = Path(__file__).parent.parent.parent
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], cwd=root)
        for name in ("a", "b", "c")
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    assert len(Talk(Sandbox.open(path)).ok("GET /Users")["Resources"]) == 6 + 30


def test_a_folder_that_cannot_be_locked_is_no_obstacle(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = OSError(errno.ENOLCK, "No locks available")

    def refused(*_: object) -> None:
        raise refusal

    talk = Talk(Sandbox.open(path))
    monkeypatch.setattr("fcntl.flock", refused)
    assert talk.send("PATCH /Users/1001", TITLE).status == 200
    refusal.errno = errno.EIO
    assert talk.send("PATCH /Users/1002", TITLE).status == 500


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_while_saving_leaves_the_old_file_and_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    talk = Talk(Sandbox.open(path))
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, full)
    answer = talk.send("PATCH /Users/1001", TITLE)
    monkeypatch.undo()

    assert answer.status == 500
    error = json.loads(answer.body)["errors"][0]
    assert error["message"] == "the sandbox could not save its state: No space left on device"
    assert error["phrase"]
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["tenant.json"]
    assert talk.ok("GET /Users/1001")["title"] == "Lead"


def test_being_killed_while_saving_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KilledError):
        Talk(Sandbox.open(path)).send("PATCH /Users/1001", TITLE)
    assert path.read_bytes() == before


def test_a_file_damaged_under_a_running_sandbox_is_not_overwritten(path: Path) -> None:
    talk = Talk(Sandbox.open(path))
    path.write_text("{", encoding="utf-8")
    for line, body in [("GET /Users", None), ("PATCH /Users/1001", TITLE)]:
        answer = talk.send(line, body)
        assert answer.status == 500
        assert "not JSON" in json.loads(answer.body)["errors"][0]["message"]
    assert path.read_text(encoding="utf-8") == "{"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1, column 1: not JSON: Expecting value"),
        (b'{\n  "users": [,]\n}', "line 2, column 13: not JSON: Expecting value"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"[]", "the state: is not a JSON object"),
        (b'{"sandbox": 2}', "the state has format 2; this program reads format 1"),
        (b"[" * 100_000, "not JSON: "),
    ],
    ids=["empty", "syntax", "encoding", "list", "format", "depth"],
)
def test_a_damaged_file_is_named_with_the_place(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(SandboxError) as refused:
        Sandbox.open(path)
    assert refused.value.message.startswith(f"{path}: {message}")
    assert str(refused.value) == refused.value.message


def test_everything_wrong_in_a_file_is_named_at_once(path: Path) -> None:
    document: dict[str, Any] = {
        "profil": "strict",
        "profile": "nice",
        "seed": True,
        "switches": {"zombie": "listed"},
        "token": "",
        "domains": [""],
        "seats": {"enterprise": -1},
        "users": [
            7,
            {"id": "1", "userName": "ann@example.com", "titel": "x", "title": 7},
            {"id": 1, "userName": "ANN@example.com", "status": "dead", "guest": "yes"},
            {"id": "", "userName": "bob", "userType": "gold"},
        ],
        "groups": [{"id": "1", "displayName": " ", "members": ["1", "9"]}, {"id": 5}],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SandboxError) as refused:
        Sandbox.open(path)
    assert refused.value.hint == "correct the file, or reset the sandbox"
    where = f"{path}: "
    lines = [line.removeprefix(where) for line in refused.value.message.splitlines()]
    assert [line for line in lines if not line.startswith("switches")] == [
        "the state: unknown key 'profil', did you mean 'profile'?",
        "the state: profile 'nice' is none of strict, lenient, hostile",
        "the state: seed is not a whole number from 0 on",
        "the state: token is empty",
        "domains: is not a list of texts",
        "seats: enterprise is not a whole number from 0 on",
        "users[0]: is not a JSON object",
        "users[0]: id is not a text",
        "users[0] (id ): userName '' is not an e-mail address",
        "users[1]: unknown key 'titel', did you mean 'title'?",
        "users[1] (id 1): title is not a text",
        "users[2]: id 1 appears twice (first at users[1])",
        "users[2] (id 1): userName ANN@example.com appears twice (first at users[1] (id 1))",
        "users[2] (id 1): status 'dead' is none of active, invited, deactivated",
        "users[2] (id 1): guest is not true or false",
        "users[3]: id is not a text",
        "users[3] (id ): userName 'bob' is not an e-mail address",
        "users[3] (id ): userType 'gold' is none of enterprise, view only, business",
        "groups[0]: id 1 appears twice (first at users)",
        "groups[0] (id 1): displayName is empty",
        "groups[0] (id 1): members 9 are no ids of users",
        "groups[1] (id 5): displayName is empty",
    ]
    assert any("did you mean 'zombies'?" in line for line in lines)


def test_a_token_of_nobody_is_named(path: Path) -> None:
    path.write_text(json.dumps(tenant_document() | {"tokenOwner": "4711"}), encoding="utf-8")
    with pytest.raises(SandboxError, match="tokenOwner: 4711 is the id of no user"):
        Sandbox.open(path)


def test_the_owner_of_the_token_is_kept(path: Path) -> None:
    document = tenant_document() | {"tokenOwner": "1007"}
    path.write_text(json.dumps(document), encoding="utf-8")
    Talk(Sandbox.open(path)).ok("PATCH /Users/1001", TITLE)
    assert json.loads(path.read_text(encoding="utf-8"))["tokenOwner"] == "1007"


def test_two_addresses_that_differ_in_letter_case_need_their_switch(path: Path) -> None:
    users = [{"id": str(n), "userName": name} for n, name in enumerate(("a@b.de", "A@b.de"))]
    document = {"sandbox": 1, "users": users}
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SandboxError, match="appears twice"):
        Sandbox.open(path)
    document["switches"] = {"unique_case": "sensitive"}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert Sandbox.open(path).describe().users == (("active", 2),)


def test_a_tenant_that_stores_addresses_in_lower_case_never_has_one_twice(path: Path) -> None:
    users = [{"id": "1", "userName": "a@b.de"}, {"id": "2", "userName": "c@b.de"}]
    switches = {"unique_case": "sensitive", "stored_case": "lower", "forms": "tolerant"}
    document = {"sandbox": 1, "users": users, "switches": switches}
    path.write_text(json.dumps(document), encoding="utf-8")
    sandbox = Sandbox.open(path)
    talk = Talk(sandbox, token=sandbox.token)
    assert talk.send("POST /Users", {"userName": "A@b.de"}).status == 409
    rename = {"op": "replace", "value": {"userName": "A@b.de"}}
    assert talk.send("PATCH /Users/2", {"Operations": [rename]}).status == 409
    assert Sandbox.open(path).describe().users == (("active", 2),)


def test_what_is_no_list_is_named() -> None:
    with pytest.raises(SandboxError, match="users: is not a list"):
        Sandbox.in_memory({"users": {}})


def test_a_folder_and_a_place_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="cannot be read: Is a directory"):
        Sandbox.open(tmp_path)
    with pytest.raises(SandboxError, match="cannot be written: No such file or directory"):
        Sandbox.open(tmp_path / "no" / "tenant.json")


def test_a_file_that_vanished_is_an_error_and_not_an_empty_tenant(path: Path) -> None:
    talk = Talk(Sandbox.open(path))
    path.unlink()
    assert talk.send("GET /Users").status == 500
    assert talk.send("PATCH /Users/1001", TITLE).status == 500
    assert not path.exists()


def test_reset_empties_even_a_damaged_file(path: Path) -> None:
    path.write_text("{", encoding="utf-8")
    sandbox = Sandbox.reset(path, profile="hostile", seed=7)
    assert sandbox.switches == Switches.profile("hostile", 7)
    assert Sandbox.open(path).document()["users"] == []
    assert Sandbox.open(path).switches == sandbox.switches


def test_ids_are_never_given_twice() -> None:
    talk = Talk(tenant(nextId=5))
    assert talk.ok("POST /Users", {"userName": "dora@example.com"})["id"] == "2003"
    odd = Sandbox.in_memory({"users": [{"id": "x-1", "userName": "a@example.com"}]})
    assert odd.document()["nextId"] == 1001


def test_the_description_counts_what_is_there(path: Path) -> None:
    document = tenant_document() | {"switches": {"zombies": "gone"}, "seats": {"enterprise": 9}}
    path.write_text(json.dumps(document), encoding="utf-8")
    told = Sandbox.open(path).describe()
    assert (told.path, told.profile, told.seed) == (str(path), "strict", 0)
    assert (told.token, told.domains) == ("full-token", ("example.com",))
    assert (told.seats, told.seats_taken) == (9, 5)
    assert told.users == (("active", 5), ("deactivated", 1), ("guest", 1), ("invited", 1))
    assert told.admins == (("super", 1),)
    assert (told.workspace, told.workspace_gid) == ("Sandbox", "1100000000000001")
    assert told.further_workspaces == ()
    assert told.licenses == (("enterprise", 5), ("view only", 1))
    assert [(t.id, t.name, t.members) for t in told.teams] == [
        ("2002", "Engineering", 2),
        ("2001", "Marketing", 3),
    ]
    (zombies,) = (row for row in told.switches if row.value != row.usual)
    assert (zombies.name, zombies.value, zombies.usual) == ("zombies", "gone", "listed")
    assert [row.name for row in told.switches] == list(TABLE)
    assert tenant().describe().path == ""


def test_a_thousand_users_and_a_hundred_writes_take_less_than_two_seconds(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tenant.json"
    users = [{"id": str(n), "userName": f"u{n}@example.com"} for n in range(1001, 2001)]
    path.write_text(json.dumps({"sandbox": 1, "users": users}), encoding="utf-8")
    started = time.process_time()
    talk = Talk(Sandbox.open(path), "sandbox-token")
    for number in range(1001, 1101):
        talk.ok(f"PATCH /Users/{number}", TITLE)
    assert time.process_time() - started < 2
