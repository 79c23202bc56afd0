"""What servers do beside the standard, and what no server should: never are there fewer people."""

from pathlib import Path

import pytest

from syncer.cli.servers import Servers
from syncer.model.origin import Problem, Size
from tests.sources.ldap_asked import BASE, asked, pages, person, refusal
from tests.sources.ldap_double import Reply, Request, Script, double
from tests.sources.shown import read


def test_empty_pages_in_between_are_no_end(tmp_path: Path) -> None:
    """Active Directory sends them when it needs longer than it may."""
    script = pages(Reply(), Reply([person(1)]), Reply(), Reply(), Reply([person(2)]), Reply())
    snapshot, requests = asked(tmp_path, script)
    assert [str(one.attributes["mail"]) for one in snapshot.people[0].records] == [
        "u0001@example.com",
        "u0002@example.com",
    ]
    assert [one.cookie for one in requests[:6]] == [b"", b"1", b"2", b"3", b"4", b"5"]
    assert {one.size for one in requests} == {2}


def test_whom_the_server_calls_a_person_is_one_whatever_the_class(tmp_path: Path) -> None:
    """It was asked by class, and knows by its schema that one is below another."""
    dn, attributes = person(1)
    own = dn, {**attributes, "objectClass": [b"top", b"acmePerson"]}
    snapshot, _ = asked(tmp_path, pages(Reply([own])))
    assert [str(one.attributes["mail"]) for one in snapshot.people[0].records] == [
        "u0001@example.com"
    ]
    assert not snapshot.people[0].problems
    # A group that shows no member could lose all of them: it is no group.
    assert not snapshot.groups[0].groups


@pytest.mark.parametrize(
    "script",
    [
        lambda _: Reply([person(1), person(2)], cookie=b"again"),
        lambda _: Reply([], cookie=b"again"),
        lambda request: Reply([], cookie=b"%d" % (int(request.cookie or b"0") + 1)),
    ],
    ids=["same-page", "same-cookie", "other-cookies-and-nobody"],
)
def test_pages_without_end_are_given_up(tmp_path: Path, script: Script) -> None:
    problem = refusal(tmp_path, script)
    assert "the server hands out pages without end, and nothing new in them" in problem.summary


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (3, "time limit exceeded (3)"),
        (4, "size limit exceeded (4)"),
        (11, "administrative limit exceeded (11)"),
        (12, "unavailable critical extension (12)"),
        (51, "busy (51)"),
        (80, "other (80)"),
    ],
)
@pytest.mark.parametrize("page", [0, 1])
def test_a_result_that_is_no_success_is_no_answer(
    tmp_path: Path, code: int, name: str, page: int
) -> None:
    """On the first page as on a later one, and whoever came before it."""
    failed = Reply([person(3)], code=code, said="0000202F: DSID-1,\n data 0\0")
    replies = [Reply([person(1), person(2)]), failed]
    problem = refusal(tmp_path, pages(*replies[1 - page :]))
    assert f"the server stopped the search: {name}: 0000202F: DSID-1, data 0" in problem.summary
    assert problem.hint


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize(
    "broken",
    [
        Reply([person(3)], hang_up=True),
        Reply(hang_up=True),
        Reply(raw=b"\x30\x84\0\0", hang_up=True),
    ],
    ids=["after-an-entry", "at-once", "in-the-middle-of-a-message"],
)
def test_a_connection_that_breaks_is_no_answer(tmp_path: Path, broken: Reply, page: int) -> None:
    replies = [Reply([person(1), person(2)]), broken]
    problem = refusal(tmp_path, pages(*replies[1 - page :]))
    assert "the connection broke in the search: " in problem.summary


def test_what_is_no_ldap_is_no_answer(tmp_path: Path) -> None:
    problem = refusal(
        tmp_path, lambda _: Reply(raw=b"HTTP/1.1 400 Bad Request\r\n\r\n", hang_up=True)
    )
    assert "the connection broke in the search: " in problem.summary


def test_a_server_that_starts_no_tls_is_told_no_password(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    login = {"bind_dn": "CN=reader", "password": {"file": "secret"}}
    with double(lambda _: Reply([person(1)])) as server:
        source: dict[str, object] = {"format": "ldap", "url": server.url, "base": BASE, **login}
        tls = read(tmp_path, [{**source, "start_tls": True}], live=Servers(tmp_path))
        assert server.logins == 0
        read(tmp_path, [source], live=Servers(tmp_path))
        assert server.logins == 1
    (problem,) = tls.people[0].problems
    assert "the server does not start TLS: startTLS failed - protocolError" in problem.summary


def test_a_result_that_nobody_knows_is_no_answer(tmp_path: Path) -> None:
    problem = refusal(tmp_path, pages(Reply([person(1)], code=99)))
    assert "the server answers what cannot be understood (KeyError)" in problem.summary


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    script = pages(Reply([person(1), person(2)]), Reply(stall=True))
    people = asked_people_only(tmp_path, script, timeout_seconds=0.2)
    (problem,) = people
    assert "the connection broke in the search: " in problem.summary


def asked_people_only(folder: Path, script: Script, **keys: object) -> tuple[Problem, ...]:
    with double(script) as server:
        source = {"format": "ldap", "url": server.url, "base": BASE, "page_size": 2, **keys}
        snapshot = read(folder, [source], wanted=frozenset({"mail"}), live=Servers(folder))
    assert not snapshot.people[0].records
    return snapshot.people[0].problems


@pytest.mark.parametrize("count", [1, 2])
def test_a_page_without_a_word_about_the_next_is_no_end(tmp_path: Path, count: int) -> None:
    """A proxy that drops the control of pages would make the first page everybody.

    Nor does a page that is not full say anything: servers have limits of their own.
    """
    people = [person(number) for number in range(count)]
    problem = refusal(tmp_path, pages(Reply(people, cookie=None)))
    assert "the server does not say whether more pages follow" in problem.summary


@pytest.mark.parametrize("referrals", ["error", "ignore", "follow"])
def test_a_search_that_is_sent_elsewhere_on_its_way_is_no_answer(
    tmp_path: Path, referrals: str
) -> None:
    """At its start it can be followed; later, part of it has been answered already."""
    script = pages(Reply([person(1), person(2)]), Reply(code=10, referred=f"ldap://x/{BASE}"))
    problem = refusal(tmp_path, script, referrals=referrals)
    assert "the server stopped the search: referral (10)" in problem.summary


def test_somebody_who_is_on_two_pages_is_in_doubt(tmp_path: Path) -> None:
    script = pages(Reply([person(1), person(2)]), Reply([person(2), person(3)]))
    people = asked(tmp_path, script)[0].people[0]
    assert len(people.records) == 3
    (problem,) = people.problems
    assert problem.size is Size.RECORD
    assert problem.identity == ("u0002@example.com",)
    assert "is here twice" in problem.summary


@pytest.mark.parametrize("zone", ["CN=Configuration", "DC=DomainDnsZones", "DC=ForestDnsZones"])
def test_the_partitions_of_a_domain_that_hold_nobody_are_passed_over(
    tmp_path: Path, zone: str
) -> None:
    reference = f"ldap://{zone}.example.com/{zone},{BASE}"
    snapshot, _ = asked(tmp_path, pages(Reply([person(1)], [reference])))
    assert snapshot.people_read == 1
    assert snapshot.people[0].problems == ()


def test_another_domain_is_not_passed_over(tmp_path: Path) -> None:
    reference = f"ldap://sub.example.com/DC=sub,{BASE}"
    problem = refusal(tmp_path, pages(Reply([person(1)], [reference])))
    assert f"a part of the tree is on another server: {reference}" in problem.summary


def test_a_referral_is_never_followed_into_the_clear(tmp_path: Path) -> None:
    reference = f"ldap://192.0.2.1/DC=sub,{BASE}"
    problem = refusal(tmp_path, pages(Reply([person(1)], [reference])), referrals="follow")
    assert "ldap://192.0.2.1, to which a referral leads: plain ldap would send" in problem.summary


def test_a_search_that_is_sent_elsewhere_at_its_start_can_be_followed(tmp_path: Path) -> None:
    url = ""

    def script(request: Request) -> Reply:
        if request.base == BASE:
            return Reply([person(1)])
        return Reply(code=10, cookie=None, referred=f"{url}/{BASE}")

    with double(script) as server:
        url = server.url
        source: dict[str, object] = {"format": "ldap", "url": url, "base": "DC=away"}
        live, wanted = Servers(tmp_path), frozenset({"mail"})
        (problem,) = read(tmp_path, [source], wanted=wanted, live=live).people[0].problems
        assert "the server stopped the search: referral (10)" in problem.summary
        followed = read(tmp_path, [{**source, "referrals": "follow"}], wanted=wanted, live=live)
    assert followed.people_read == 1


def test_referrals_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    """A server that refers to itself is asked once."""
    url = ""

    def script(request: Request) -> Reply:
        return Reply([person(1)], [f"{url}/{request.base}"])

    with double(script) as server:
        url = server.url
        source: dict[str, object] = {
            "format": "ldap",
            "url": url,
            "base": BASE,
            "referrals": "follow",
        }
        snapshot = read(tmp_path, [source], wanted=frozenset({"mail"}), live=Servers(tmp_path))
        assert len(server.asked) == 1
    assert snapshot.people_read == 1


def test_two_referrals_to_one_base_may_mean_different_parts(tmp_path: Path) -> None:
    """The entry alone, and then all that is below it."""
    url, away = "", f"OU=away,{BASE}"

    def script(request: Request) -> Reply:
        if request.base == BASE:
            return Reply([person(1)], [f"{url}/{away}??base", f"{url}/{away}??sub"])
        return Reply() if request.alone else Reply([person(2)])

    with double(script) as server:
        url = server.url
        source: dict[str, object] = {"format": "ldap", "url": url, "base": BASE}
        source["referrals"] = "follow"
        snapshot = read(tmp_path, [source], wanted=frozenset({"mail"}), live=Servers(tmp_path))
    assert snapshot.people_read == 2


def test_referrals_that_lead_ever_further_are_given_up(tmp_path: Path) -> None:
    url = ""

    def script(request: Request) -> Reply:
        return Reply([person(1)], [f"{url}/OU=x,{request.base}"])

    with double(script) as server:
        url = server.url
        source: dict[str, object] = {
            "format": "ldap",
            "url": url,
            "base": BASE,
            "referrals": "follow",
        }
        snapshot = read(tmp_path, [source], wanted=frozenset({"mail"}), live=Servers(tmp_path))
    (problem,) = snapshot.people[0].problems
    assert "one referral leads to another without end" in problem.summary
