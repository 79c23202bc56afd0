"""What counts as the same text, and what is an address."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.distinguished_names import dn_key, first_value, parent_key
from syncer.core.names import (
    attribute_key,
    clean,
    covering,
    domain_of,
    folded,
    is_address,
    team_key,
    user_key,
)

laws = settings(deadline=None, derandomize=True, max_examples=200)


@laws
@given(st.text())
def test_keys_of_keys_are_the_same_keys(text: str) -> None:
    for key in (attribute_key, user_key, team_key, clean):
        assert key(key(text)) == key(text)


@laws
@given(st.text(alphabet=st.characters(codec="ascii")))
def test_the_fast_path_for_plain_letters_agrees_with_the_slow_one(text: str) -> None:
    assert folded(text) == folded(f"{text} é").removesuffix("é").strip()


@laws
@given(
    st.text(alphabet=st.sampled_from(" \t\n\u00a0\u2003\u200b\x00\x85aé\u0301e\u212b\U0001f600"))
)
def test_what_is_clean_already_is_told_quickly_and_rightly(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    plain = (" " if unicodedata.category(sign) == "Cc" else sign for sign in composed)
    assert clean(text) == " ".join("".join(plain).split())


def test_clean_makes_one_line_of_a_value() -> None:
    assert clean("  a\r\n\tb\u00a0 c\x00d ") == "a b c d"
    assert clean("e\u0301") == "é"
    assert clean("a b") == "a b"


@pytest.mark.parametrize(
    "address",
    ["a@b.co", "sean.o'brien@example.com", "wei.li+x@example.com", "josé@exämple.de", " a@b.co "],
)
def test_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@b", "a b@c.de", "a@b.c", "@b.co", "a@@b.co", "a..b@c.de", "a@-b.co", "<a@b.co>"],
)
def test_texts_that_are_no_address(text: str) -> None:
    assert not is_address(text)
    assert not is_address(f"{'x' * 250}@b.co")


@pytest.mark.parametrize(
    "text",
    ["a\u200b@b.co", "\u202ea@b.co", "a\u00ad@b.co", "\uff41@b.co", "a\x07@b.co", "\ufeffa@b.co"],
)
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert not is_address(text)


def test_domains_and_shell_patterns() -> None:
    assert domain_of("A@Example.COM") == "example.com"
    assert domain_of("nobody") == ""
    assert covering(["svc-*@example.com"])("SVC-1@example.com")
    assert not covering(["svc-*", "[a"])("ann@example.com")
    assert not covering([])("ann@example.com")


def test_teams_and_addresses_are_protected_by_the_same_folding() -> None:
    covers = covering(["Jose\u0301*@Example.com", "Board  of *"])
    assert covers("jos\u00e9.b@example.com")
    assert covers("BOARD OF  Directors")
    assert not covers("Board")


def test_a_name_with_brackets_is_protected_by_that_very_name() -> None:
    covers = covering(["Board [EMEA]", "Board [ab]?"])
    assert covers("board  [emea]")
    assert covers("Board a1")
    assert not covers("Board [US]")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cn=Ann,dc=X", "CN=ann, DC=x"),
        ("cn=Smith\\, John,dc=x", "cn=Smith\\2C John,dc=x"),
        ("cn=Smith\\, John,dc=x", 'cn="Smith, John",dc=x'),
        ("uid=twin+sn=RDN,dc=x", "SN=rdn+UID=twin,dc=x"),
        ("cn=Zo\\C3\\AB,dc=x", "cn=Zoë,dc=x"),
        ("cn=a  b,dc=x", "cn= A B , dc = X "),
        ("cn=R&D\\, EMEA,ou=g", "CN=R&D\\2c EMEA,OU=G"),
        ("cn=a=b,dc=x", "CN=A=B,DC=X"),
        ("2.5.4.3=a,dc=x", "2.5.4.3=A,dc=x"),
        ("2.5.4.3=a,0.9.2342.19200300.100.1.25=x", "CN=a,DC=x"),
        ("userid=a, organizationalUnitName=people, domainComponent=x", "uid=a,ou=people,dc=x"),
        ("commonName=a\\,b+surname=c,dc=x", "sn=c+cn=a\\,b,dc=x"),
    ],
)
def test_two_spellings_of_one_entry(one: str, other: str) -> None:
    assert dn_key(one) == dn_key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cn=a,dc=x", "cn=a\\,dc\\=x"),
        ("cn=a+b=c", "cn=a,b=c"),
        ("cn=a", "cn=b"),
        ("cn=a", "cn=a,b="),
    ],
)
def test_two_entries_stay_apart(one: str, other: str) -> None:
    assert dn_key(one) != dn_key(other)


@pytest.mark.parametrize(
    "text", ["", "ann", "a@b.co", "=x", "cn=a,b", "cn=a\\", 'cn="a', "1 2=a", "a,b=c"]
)
def test_texts_that_are_no_distinguished_name(text: str) -> None:
    assert dn_key(text) is None
    assert first_value(text) == ""


def test_parts_of_a_distinguished_name() -> None:
    key = dn_key("cn=R&D\\, EMEA,ou=g,dc=x")
    assert key is not None
    assert parent_key(key) == dn_key("OU=g,DC=x")
    assert parent_key(dn_key("dc=x") or "") == ""
    assert first_value("cn=R&D\\, EMEA,ou=g,dc=x") == "R&D, EMEA"
