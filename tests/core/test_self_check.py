"""A self-test says of each fact what it means, and what to do about it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from syncer.core.self_check import judged
from syncer.model.policy.asana import AsanaPolicy
from syncer.model.probe import Access, Answered, Check, Greeting, Probe, Verdict

TODAY = date(2026, 11, 25)
YES = Answered(access=Access.GRANTED)
NO = Answered(access=Access.REFUSED, why="GET /Users: 403 no", hint="ask")
LOST = Answered(access=Access.UNKNOWN, why="GET /Users: timed out", hint="later")
DEAD = Answered(access=Access.REFUSED, why="GET /Users: 401 no", hint="check the token")
GREETING = Greeting(
    seconds=0.123,
    clock_ahead=1.0,
    tls="TLSv1.3",
    certificate_ends="2027-06-01",
    issuer="Trust Inc",
)
FINE = Probe(
    greeting=GREETING,
    connection=YES,
    authenticated=YES,
    users=YES,
    teams=YES,
    total=250,
    sampled=100,
    licensed=100,
    domains={"example.com": 99, "partner.example": 1},
    organization="Example",
    own_domains=("example.com", "example.net"),
)


def policy(**more: Any) -> AsanaPolicy:
    given = {"base_url": "https://app.asana.com/api/1.0/scim", "domains": ("example.com",)}
    return AsanaPolicy(**{**given, **more})


def line(found: Probe, name: str, purpose: Any = "", **more: Any) -> Check:
    checks = judged(found, policy(**more), TODAY, purpose=purpose)
    return next(one for one in checks if one.name == name)


def test_a_tenant_as_it_should_be_is_good_on_every_line() -> None:
    found = replace(FINE, writes_users=YES, writes_teams=YES)
    checks = judged(found, policy(), TODAY, purpose="apply")
    assert {one.name: one.verdict for one in checks if one.verdict is not Verdict.GOOD} == {}
    assert [one.name for one in checks] == [
        "url", "tls", "token", "users: read", "teams: read", "writing", "licences", "domains",
        "administrators", "clock", "quota",
    ]  # fmt: skip


CASES = [
    ("url", {}, {}, Verdict.GOOD, "answers in 123 ms", ""),
    ("tls", {}, {}, Verdict.GOOD, "TLSv1.3, certificate trusted, issued by Trust Inc", ""),
    (
        "tls",
        {"greeting": replace(GREETING, certificate_ends="2026-12-01")},
        {},
        Verdict.WARNING,
        "valid until 2026-12-01",
        "ends in 6 days",
    ),
    ("tls", {"greeting": replace(GREETING, tls="")}, {}, Verdict.SKIPPED, "plain http", ""),
    ("token", {"authenticated": DEAD, "users": DEAD}, {}, Verdict.FAILED, "401", "token"),
    (
        "token",
        {"authenticated": LOST, "users": NO},
        {},
        Verdict.GOOD,
        "may not read users",
        "",
    ),
    ("users: read", {"users": NO}, {}, Verdict.FAILED, "403", "tick 'Users: Read'"),
    ("teams: read", {"teams": NO}, {}, Verdict.FAILED, "403", "tick 'Teams: Read'"),
    ("teams: read", {"teams": LOST}, {}, Verdict.FAILED, "timed out", "later"),
    ("licences", {"licensed": 0}, {}, Verdict.WARNING, "none of 100", "will do nothing"),
    ("licences", {"sampled": 0}, {}, Verdict.WARNING, "no user", "userType"),
    ("licences", {"users": NO}, {}, Verdict.SKIPPED, "could not be read", ""),
    ("domains", {}, {}, Verdict.GOOD, "99 of 100 active users", ""),
    ("domains", {}, {"domains": ()}, Verdict.WARNING, "is empty", "example.com, example.net"),
    (
        "domains",
        {},
        {"domains": ("example.org",)},
        Verdict.WARNING,
        "example.org: not a domain",
        "example.com",
    ),
    (
        "domains",
        {"own_domains": ()},
        {"domains": ("example.org",)},
        Verdict.WARNING,
        "0 of 100",
        "Asana shows example.com",
    ),
    (
        "administrators",
        {"organization": "", "organization_unread": "403 no scope"},
        {},
        Verdict.WARNING,
        "403 no scope",
        "protected.users",
    ),
    ("administrators", {}, {"workspace": None}, Verdict.SKIPPED, "never read", ""),
    (
        "clock",
        {"greeting": replace(GREETING, clock_ahead=-7200.0)},
        {},
        Verdict.WARNING,
        "7,200 seconds behind",
        "NTP",
    ),
    (
        "clock",
        {"greeting": replace(GREETING, clock_ahead=61.0)},
        {},
        Verdict.WARNING,
        "61 seconds ahead of",
        "NTP",
    ),
    ("clock", {"greeting": replace(GREETING, clock_ahead=None)}, {}, Verdict.SKIPPED, "", ""),
    ("quota", {}, {"share": 0.5}, Verdict.GOOD, "750 requests a minute will be used, 50%", ""),
    ("quota", {}, {}, Verdict.GOOD, "reading 250 users takes 3", ""),
    ("quota", {}, {"requests_per_minute": 3000}, Verdict.WARNING, "3,000", "1,500 a minute"),
]


@pytest.mark.parametrize(("name", "facts", "config", "verdict", "detail", "remedy"), CASES)
def test_a_fact_is_judged(
    name: str,
    facts: dict[str, Any],
    config: dict[str, Any],
    verdict: Verdict,
    detail: str,
    remedy: str,
) -> None:
    found = line(replace(FINE, **facts), name, **config)
    assert found.verdict is verdict
    assert detail in found.detail
    assert remedy in found.remedy
    assert bool(found.remedy) is (verdict in {Verdict.WARNING, Verdict.FAILED})


@pytest.mark.parametrize(
    ("users", "teams", "purpose", "verdict", "told"),
    [
        (YES, YES, "apply", Verdict.GOOD, "may be created and modified"),
        (NO, NO, "apply", Verdict.FAILED, "users and teams may not be modified"),
        (YES, NO, "apply", Verdict.FAILED, "teams may not be modified"),
        (NO, NO, "plan", Verdict.GOOD, "cannot write"),
        (YES, NO, "plan", Verdict.WARNING, "could modify users"),
        (YES, YES, "plan", Verdict.WARNING, "could modify users and teams"),
        (LOST, YES, "plan", Verdict.WARNING, "timed out"),
        (Answered(), Answered(), "", Verdict.SKIPPED, "--for plan"),
        (Answered(), Answered(), "plan", Verdict.SKIPPED, "could not be asked"),
    ],
)
def test_writing_is_held_against_what_the_token_is_for(
    users: Answered, teams: Answered, purpose: str, verdict: Verdict, told: str
) -> None:
    found = line(replace(FINE, writes_users=users, writes_teams=teams), "writing", purpose)
    assert found.verdict is verdict
    assert told in found.detail


def test_without_an_answer_one_line_fails_and_the_rest_is_not_tried() -> None:
    nothing = Probe(connection=LOST, authenticated=Answered(access=Access.UNKNOWN), users=LOST)
    checks = judged(nothing, policy(), TODAY, purpose="apply")
    verdicts = {one.name: one.verdict for one in checks}
    assert verdicts["url"] is Verdict.FAILED
    assert {verdicts[name] for name in ("tls", "token", "teams: read", "writing", "clock")} == {
        Verdict.SKIPPED
    }


def test_a_dead_token_fails_once() -> None:
    dead = replace(FINE, authenticated=DEAD, users=DEAD, teams=Answered())
    failed = [one.name for one in judged(dead, policy(), TODAY) if one.verdict is Verdict.FAILED]
    assert failed == ["token"]
