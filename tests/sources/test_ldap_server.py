"""What a real OpenLDAP on loopback answers: all of it, or a reason why not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.cli.servers import Servers
from syncer.model.origin import Size
from tests.slapd import Settings, require_slapd, serving
from tests.sources.ldap_server import BIG, SUFFIX, TREE, Asked, content
from tests.sources.shown import read


def test_where_there_must_be_a_server_a_missing_one_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.slapd.SLAPD", Path("/nowhere/slapd"))
    monkeypatch.delenv("SYNCER_NEEDS_SLAPD", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no /nowhere/slapd: apt-get install slapd"):
        require_slapd()
    monkeypatch.setenv("SYNCER_NEEDS_SLAPD", "1")
    with pytest.raises(pytest.fail.Exception, match="there is no /nowhere/slapd"):
        require_slapd()


def test_more_people_than_a_page_holds_are_all_read(asked: Asked) -> None:
    snapshot = asked.read()
    assert snapshot.people_read == BIG + 4
    assert snapshot.people[0].problems == ()
    assert snapshot.unread == 0
    crowd = next(one for one in snapshot.groups[0].groups if one.name == "crowd")
    assert len(crowd.members) == BIG
    assert crowd.complete


@pytest.mark.parametrize("wanted", ["mail sn title manager", "title;lang-de jpegPhoto"])
def test_an_export_of_the_server_says_the_same(asked: Asked, wanted: str) -> None:
    """Names with commas, plus signs and letters beyond ASCII; base64; binary values."""
    (asked.folder / "export.ldif").write_bytes(asked.server.export("(objectClass=*)", "*", "+"))
    keys = frozenset(wanted.split())
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif"}
    exported = read(asked.folder, [source], [source], key="employeeNumber", wanted=keys)
    live = asked.read(keys)
    assert content(live) == content(exported)
    assert {*keys, "employeeNumber"} - {"jpegPhoto"} <= set(live.people[0].names.values())


@pytest.mark.parametrize(
    "select",
    [
        "(objectClass=inetOrgPerson)",
        " ( & (mail=*) (!(cn=Person *)) )",
        "uid=*7",
        "(|(cn=Zoë*)(cn=Doe, Jane)(cn=Plus+Equals=Hash))",
        r"(|(uid=m\c3\bcller)(cn=\23first*))",
        "(mail:caseIgnoreIA5Match:=JANE@example.com)",
    ],
)
def test_a_filter_is_evaluated_by_the_server(asked: Asked, select: str) -> None:
    (asked.folder / "export.ldif").write_bytes(asked.server.export("(objectClass=*)", "*"))
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif", "select": select}
    keys = frozenset({"mail"})
    live = asked.but(select=select).read(keys).people[0]
    assert live.records
    if ":=" in select:  # which only a server knows
        return
    exported = read(asked.folder, [source], wanted=keys).people[0]
    mails = sorted(str(one.attributes["mail"]) for one in exported.records)
    assert sorted(str(one.attributes["mail"]) for one in live.records) == mails


def test_a_filter_that_is_none_is_refused_without_asking(asked: Asked) -> None:
    problem = asked.but(select="(mail=*", url="ldaps://nowhere.invalid").refusal()
    assert problem.summary.startswith("character 8 of '(mail=*'")


def test_several_bases_are_several_sources(asked: Asked) -> None:
    bases = [asked.but(base=f"ou={name},{SUFFIX}").keys for name in ("people", "guests")]
    snapshot = read(asked.folder, bases, wanted=frozenset({"mail"}), live=Servers(asked.folder))
    assert [len(one.records) for one in snapshot.people] == [BIG + 3, 1]


@pytest.mark.parametrize(
    "name", ["uid=müller", r"uid=m\C3\BCller", r"cn=Doe\, Jane", r"cn=plus\2Bequals\3Dhash"]
)
def test_a_base_is_written_as_any_name_is(asked: Asked, name: str) -> None:
    people = asked.but(base=f"{name},ou=people,{SUFFIX}").read().people[0]
    assert len(people.records) == 1


def test_equal_entries_give_equal_digests(asked: Asked) -> None:
    """The size of a page is no part of what was read."""
    assert asked.read().digest == asked.but(page_size=7).read().digest
    assert asked.read().digest != asked.but(base=f"ou=groups,{SUFFIX}").read().digest


def test_a_search_that_a_size_limit_stops_is_no_smaller_directory(asked: Asked) -> None:
    problem = asked.but(bind_dn=f"cn=limited,{SUFFIX}").refusal()
    assert "the server stopped the search: size limit exceeded (4)" in problem.summary
    assert "higher limit" in problem.hint


def test_a_server_without_pages_is_refused(asked: Asked) -> None:
    problem = asked.but(bind_dn=f"cn=unpaged,{SUFFIX}").refusal()
    assert "the server stopped the search: " in problem.summary


def test_a_base_that_is_not_there_is_refused(asked: Asked) -> None:
    problem = asked.but(base=f"ou=nowhere,{SUFFIX}").refusal()
    assert "the server stopped the search: no such object (32)" in problem.summary
    assert asked.but(base="nowhere").refusal().hint.startswith("is `base` a distinguished name")


def test_a_base_without_people_is_nobody_and_said_so(asked: Asked) -> None:
    problem = asked.but(base=f"ou=groups,{SUFFIX}").refusal()
    assert problem.summary.endswith(f"no entry was found below 'ou=groups,{SUFFIX}'")


def test_without_a_live_directory_nothing_is_asked(asked: Asked) -> None:
    keys = asked.but(url="ldaps://nowhere.invalid", password={"env": "NOT_SET"}).keys
    snapshot = read(asked.folder, [keys], [keys])
    assert snapshot.unread == 2
    assert not snapshot.people[0].problems


class TestReferrals:
    """A part of the tree on a second server."""

    @pytest.fixture
    def parted(self, asked: Asked) -> Iterator[Asked]:
        """The referring server; the other one has one person below ou=far."""
        far = f"ou=far,{SUFFIX}"
        other = Settings(far, names=("127.0.0.1",))
        person = (
            f"dn: {far}\nobjectClass: organizationalUnit\nou: far\n\n"
            f"dn: uid=fay,{far}\nobjectClass: inetOrgPerson\nuid: fay\ncn: Fay\nsn: Fay\n"
            "mail: fay@example.com\nemployeeNumber: 77\n"
        )
        with serving(asked.folder / "far", person, other) as there:
            referring = (
                TREE.format(password="x")
                + f"dn: {far}\nobjectClass: referral\nobjectClass: extensibleObject\n"
                f"ou: far\nref: {there.ldap}/{far.replace(',', '%2C')}\n"
            )
            settings = Settings(SUFFIX, before=f"referral {there.ldap}")
            with serving(asked.folder / "near", referring, settings) as near:
                yield replace(asked, server=near).but(
                    url=near.ldap, bind_dn=None, password=None, ca_bundle=None
                )

    def test_it_stops_the_run(self, parted: Asked) -> None:
        problem = parted.refusal()
        assert "a part of the tree is on another server: ldap://127.0.0.1:" in problem.summary
        assert "referrals: follow" in problem.hint

    def test_it_is_left_out_where_the_config_says_so(self, parted: Asked) -> None:
        people = parted.but(referrals="ignore").read().people[0]
        assert len(people.records) == 4
        (notice,) = people.problems
        assert notice.size is Size.NOTICE
        assert "on another server" in notice.summary

    def test_it_is_followed_where_the_config_says_so(self, parted: Asked) -> None:
        people = parted.but(referrals="follow").read().people[0]
        assert sorted(str(one.attributes["employeenumber"]) for one in people.records) == [
            *("1", "2", "3", "4", "77")
        ]
        assert people.problems == ()

    def test_a_server_that_holds_nothing_of_it_is_no_empty_directory(self, parted: Asked) -> None:
        elsewhere = parted.but(base="dc=elsewhere")
        problem = elsewhere.refusal()
        assert "the server stopped the search: referral (10)" in problem.summary
        lost = elsewhere.but(referrals="follow").refusal()
        assert "to which a referral leads: the server stopped the search: " in lost.summary
