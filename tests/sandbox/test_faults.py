"""Trouble on purpose: scripted by tests, or drawn from a seed and nothing else."""

import json
from itertools import pairwise

import pytest

from syncer.sandbox import Answer, Fault, Sandbox, Switches
from syncer.sandbox.faults import BEFORE, KINDS, Kind
from tests.sandbox.talking import Talk, tenant_document

TITLE = [{"op": "replace", "value": {"title": "New"}}]


def troubled(*faults: Fault, **switches: object) -> Talk:
    return Talk(
        Sandbox.in_memory(
            tenant_document(), switches=Switches.profile("strict", 0, **switches), faults=faults
        )
    )


def title_after(kind: Kind) -> tuple[Answer, str]:
    """What a PATCH of the title gets, and the title then."""
    talk = troubled(Fault(kind=kind, at=1))
    answer = talk.send("PATCH /Users/1001", TITLE)
    return answer, talk.ok("GET /Users/1001")["title"]


def test_a_429_is_not_carried_out_and_says_how_long_to_wait() -> None:
    answer, title = title_after("throttle")
    assert (answer.status, title) == (429, "Lead")
    assert answer.headers["Retry-After"] == "1"
    assert "too many requests" in json.loads(answer.body)["errors"][0]["message"]


def test_a_500_has_a_phrase() -> None:
    answer, title = title_after("server_error")
    assert (answer.status, title) == (500, "Lead")
    assert json.loads(answer.body)["errors"][0]["phrase"]


def test_a_500_may_come_after_the_change_was_made() -> None:
    answer, title = title_after("server_error_after")
    assert (answer.status, title) == (500, "New")


@pytest.mark.parametrize(
    ("kind", "title"), [("bad_gateway", "Lead"), ("bad_gateway_after", "New")]
)
def test_a_502_is_html(kind: Kind, title: str) -> None:
    answer, then = title_after(kind)
    assert (answer.status, then) == (502, title)
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.body.startswith(b"<html>")


@pytest.mark.parametrize(("kind", "title"), [("cut_before", "Lead"), ("cut_after", "New")])
def test_a_connection_is_lost_before_or_after_the_change(kind: Kind, title: str) -> None:
    answer, then = title_after(kind)
    assert f"cut_{answer.cut}" == kind
    assert then == title


def test_a_truncated_answer_announces_more_than_it_has() -> None:
    answer, title = title_after("truncated")
    assert (answer.status, title) == (200, "New")
    assert int(answer.headers["Content-Length"]) > len(answer.body)


def test_an_answer_without_a_body_cannot_be_truncated() -> None:
    talk = troubled(Fault(kind="truncated"))
    assert talk.send("DELETE /Users/1001").status == 204


def test_a_login_page_comes_with_200() -> None:
    answer = troubled(Fault(kind="not_json")).send("GET /Users")
    assert (answer.status, answer.body[:6]) == (200, b"<html>")


def test_any_status_can_be_scripted() -> None:
    answer = troubled(Fault(kind="status", status=403)).send("GET /Users")
    assert answer.status == 403


def test_a_slow_answer_is_right_and_late() -> None:
    answer, title = title_after("slow")
    assert (answer.status, title, answer.delay_seconds) == (200, "New", 1)


def test_a_stale_read_shows_the_state_before_the_last_write() -> None:
    talk = troubled(Fault(kind="stale", method="GET", path="/Users/1001"))
    talk.ok("PATCH /Users/1001", TITLE)
    assert talk.ok("GET /Users/1001")["title"] == "Lead"
    assert talk.ok("GET /Users/1001")["title"] == "New"


def test_a_stale_read_before_any_write_is_right() -> None:
    assert troubled(Fault(kind="stale")).ok("GET /Users/1001")["title"] == "Lead"


def test_pages_can_lie() -> None:
    talk = troubled(
        Fault(kind="short_page", at=1),
        Fault(kind="total_larger", at=2),
        Fault(kind="total_missing", at=3),
        Fault(kind="ignore_start", at=4),
        Fault(kind="shuffled", at=5),
        Fault(kind="missing_user_type", at=6),
        Fault(kind="missing_members", at=7),
        paging="honours",
    )
    short = talk.ok("GET /Users")
    assert (short["totalResults"], len(short["Resources"])) == (6, 3)
    assert talk.ok("GET /Users")["totalResults"] == 9
    assert "totalResults" not in talk.ok("GET /Users")
    assert talk.ok("GET /Users?startIndex=3&count=1")["Resources"][0]["id"] == "1001"
    shuffled = [user["id"] for user in talk.ok("GET /Users")["Resources"]]
    assert shuffled != sorted(shuffled)
    assert sorted(shuffled) == ["1001", "1002", "1003", "1005", "1006", "1008"]
    assert "userType" not in talk.ok("GET /Users/1001")
    assert "members" not in talk.ok("GET /Groups/2001")


def test_a_script_names_requests_by_number_or_by_what_they_are() -> None:
    talk = troubled(
        Fault(kind="status", at=2, status=501),
        Fault(kind="status", method="POST", path="/Groups", skip=1, times=2, status=502),
        Fault(kind="status", path="/Users/1002", times=0, status=503),
    )
    lines = ["GET /Users", "GET /Users", *["POST /Groups"] * 4, *["GET /Users/1002"] * 3]
    got = []
    for number, line in enumerate(lines):
        body = {"displayName": f"Team {number}"} if line.startswith("POST") else None
        got.append(talk.send(line, body).status)
    assert got == [200, 501, 201, 502, 502, 201, 503, 503, 503]


def test_every_kind_gives_a_well_formed_answer() -> None:
    for kind in KINDS:
        answer = troubled(Fault(kind=kind)).send("GET /Groups/2001")
        assert answer.cut or 200 <= answer.status < 600
        assert (kind in BEFORE) <= (answer.status != 200)


def test_the_log_of_requests_has_every_one_of_them() -> None:
    talk = troubled(Fault(kind="cut_before", at=1), Fault(kind="cut_after", at=2))
    for line in ("DELETE /Users/1001", "DELETE /Users/1002", "GET /Users?count=1"):
        talk.send(line)
    assert list(talk.sandbox.requests) == [
        ("DELETE", "/api/1.0/scim/Users/1001", 0),
        ("DELETE", "/api/1.0/scim/Users/1002", 204),
        ("GET", "/api/1.0/scim/Users?count=1", 200),
    ]


def hostile(seed: int, requests: int) -> list[Answer]:
    switches = Switches.profile("hostile", seed)
    talk = Talk(Sandbox.in_memory(tenant_document(), switches=switches))
    lines = ["GET /Users", "PATCH /Users/1001", "GET /Groups/2001"]
    return [
        talk.send(lines[number % 3], TITLE if number % 3 == 1 else None)
        for number in range(requests)
    ]


def test_a_seed_draws_the_same_trouble_every_time() -> None:
    assert hostile(7, 120) == hostile(7, 120)
    assert hostile(7, 120) != hostile(8, 120)


def test_hostile_brings_bursts_of_429_and_lost_answers_and_lets_most_requests_pass() -> None:
    answers = [answer for seed in range(8) for answer in hostile(seed, 120)]
    statuses = [answer.status for answer in answers]
    assert {429, 500, 502, 200} <= set(statuses)
    assert (429, 429) in set(pairwise(statuses))
    assert {"before", "after"} <= {answer.cut for answer in answers}
    assert statuses.count(200) > len(statuses) / 2


@pytest.mark.parametrize("profile", ["strict", "lenient"])
def test_the_other_profiles_bring_no_trouble(profile: str) -> None:
    assert Switches.profile(profile).fault_percent == 0
