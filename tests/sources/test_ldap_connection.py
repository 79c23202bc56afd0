"""Who is asked and who is let in: TLS and certificates, logins, and what goes in the clear."""

import pytest
import trustme

from tests.slapd import Settings, serving
from tests.sources.ldap_server import BIG, READER, READERS_PASSWORD, SUFFIX, TREE, Asked


@pytest.mark.parametrize(
    "keys",
    [
        {"start_tls": True},
        {"start_tls": True, "host": "localhost"},
        {"ca_bundle": None},
        {"host": "localhost", "ca_bundle": None},
    ],
    ids=["start-tls", "start-tls-by-name", "this-machine-in-the-clear", "by-name-in-the-clear"],
)
def test_a_plain_port_is_asked_with_start_tls_or_on_this_machine(
    asked: Asked, keys: dict[str, object]
) -> None:
    url = asked.server.ldap.replace("127.0.0.1", str(keys.pop("host", "127.0.0.1")))
    assert asked.but(url=url, **keys).read().people_read == BIG + 4


def test_a_ca_of_its_own_is_found_from_the_folder_of_the_config(asked: Asked) -> None:
    (asked.folder / "our.pem").write_bytes(asked.server.ca.read_bytes())
    assert asked.but(ca_bundle="our.pem").read().people_read == BIG + 4


@pytest.mark.parametrize("start_tls", [True, False], ids=["start-tls", "ldaps"])
@pytest.mark.parametrize("bundle", [None, "other.pem"], ids=["usual", "another"])
def test_a_certificate_of_an_unknown_authority_is_refused(
    asked: Asked, bundle: str | None, *, start_tls: bool
) -> None:
    trustme.CA().cert_pem.write_to_path(asked.folder / "other.pem")
    url = asked.server.ldap if start_tls else asked.server.ldaps
    problem = asked.but(url=url, start_tls=start_tls, ca_bundle=bundle).refusal()
    assert "the certificate of the server is not trusted: " in problem.summary
    assert "ca_bundle" in problem.hint


@pytest.mark.parametrize("start_tls", [True, False], ids=["start-tls", "ldaps"])
@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (Settings(SUFFIX, names=("ldap.example.com",)), "IP address mismatch"),
        (Settings(SUFFIX, expired=True), "certificate has expired"),
    ],
    ids=["wrong-name", "expired"],
)
def test_a_certificate_for_another_name_or_of_another_time_is_refused(
    asked: Asked, settings: Settings, why: str, *, start_tls: bool
) -> None:
    with serving(asked.folder / "other", TREE.format(password="x"), settings) as other:
        url = other.ldap if start_tls else other.ldaps
        keys = {"url": url, "start_tls": start_tls, "ca_bundle": str(other.ca)}
        problem = asked.but(**keys).refusal()
    assert f"the certificate of the server is not trusted: {why}" in problem.summary


def test_a_login_with_the_wrong_password_is_refused(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDAP_PASSWORD", "wrong")
    problem = asked.refusal()
    assert problem.summary == (
        f"{asked.server.ldaps}: the server refused the login: invalid credentials (49)"
    )
    assert "wrong" not in str(problem)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_in_a_file_may_end_with_a_newline(asked: Asked, end: str) -> None:
    (asked.folder / "secret").write_bytes(f"{READERS_PASSWORD.strip()}{end}".encode())
    found = asked.but(bind_dn=READER, password={"file": "secret"}).read()
    assert found.people[0].problems == ()
    assert found.people_read == BIG + 4


@pytest.mark.parametrize(
    ("content", "why"),
    [("\n", "is empty"), ("  ", "is empty"), ("one\ntwo\n", "holds more than one line")],
)
def test_a_file_that_holds_no_password_is_refused(asked: Asked, content: str, why: str) -> None:
    """A login without a password would be an anonymous one, and find fewer people."""
    (asked.folder / "secret").write_text(content, encoding="utf-8")
    problem = asked.but(password={"file": "secret"}).refusal()
    assert problem.summary.endswith(f"password: the file secret {why}")
    assert "one" not in problem.summary.removesuffix("more than one line")


def test_a_password_that_is_not_there_is_asked_for(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LDAP_PASSWORD")
    problem = asked.refusal()
    assert problem.summary.endswith("password: the environment variable LDAP_PASSWORD is not set")
    assert problem.hint == f"export LDAP_PASSWORD=... with the password of {asked.server.root}"


def test_a_port_that_speaks_something_else_is_told_apart(asked: Asked) -> None:
    plain = asked.server.ldap.replace("ldap:", "ldaps:")
    assert "no TLS: " in asked.but(url=plain).refusal().summary
    secure = asked.server.ldaps.replace("ldaps:", "ldap:")
    assert "no connection: " in asked.but(url=secure).refusal().summary


def test_a_server_that_is_not_there_is_no_empty_directory(asked: Asked) -> None:
    assert "no connection: " in asked.but(url="ldap://127.0.0.1:1").refusal().summary
    assert "no connection: " in asked.but(url="ldaps://nowhere.invalid").refusal().summary


def test_nothing_goes_in_the_clear_to_another_machine(asked: Asked) -> None:
    """The config says so first; this is for a referral, and whoever builds a source in code."""
    problem = asked.but(url="ldap://192.0.2.1").refusal()
    assert problem.summary.endswith(
        "plain ldap would send the password and all people in the clear"
    )


def test_in_the_clear_is_asked_only_where_the_config_allows_it(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the server were on another machine."""
    monkeypatch.setattr("syncer.sources.ldap_connection.is_loopback", lambda _: False)
    plain = asked.but(url=asked.server.ldap, ca_bundle=None)
    assert "in the clear" in plain.refusal().summary
    assert plain.but(allow_plaintext=True).read().people_read == BIG + 4
