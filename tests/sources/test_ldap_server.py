"""Servers asked over LDAP: a real OpenLDAP on loopback, and what it answers or refuses."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from syncer.cli.servers import Servers
from syncer.model.directory import Snapshot
from syncer.model.origin import Problem, Size
from tests.slapd import ROOT_PASSWORD, Settings, Slapd, require_slapd, serving
from tests.sources.shown import read

SUFFIX = "dc=example,dc=com"
READER = f"cn=reader,{SUFFIX}"
READERS_PASSWORD = " Grüße, #1! "
BIG = 1203

TREE = f"""\
dn: {SUFFIX}
objectClass: domain
dc: example

dn: {READER}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: reader
userPassword: {{password}}

dn: ou=people,{SUFFIX}
objectClass: organizationalUnit
ou: people

dn: ou=guests,{SUFFIX}
objectClass: organizationalUnit
ou: guests

dn: ou=groups,{SUFFIX}
objectClass: organizationalUnit
ou: groups

dn: cn=Doe\\, Jane,ou=people,{SUFFIX}
objectClass: inetOrgPerson
cn: Doe, Jane
sn: Doe
mail: jane@example.com
mail: jane.doe@example.com
employeeNumber: 1
jpegPhoto:: /9j/4AAQSkZJRgABAQAA/w==
userPassword: hidden

# uid=müller,ou=people,dc=example,dc=com
dn:: dWlkPW3DvGxsZXIsb3U9cGVvcGxlLGRjPWV4YW1wbGUsZGM9Y29t
objectClass: inetOrgPerson
uid:: bcO8bGxlcg==
cn:: Wm/DqyBNw7xsbGVy
sn:: TcO8bGxlcg==
title;lang-de:: R2VzY2jDpGZ0c2bDvGhyZXJpbg==
title: Managing Director
mail: zoe@example.com
employeeNumber: 2
manager: CN=Doe\\2C Jane,OU=People,{SUFFIX}

dn: cn=Plus\\+Equals\\=Hash,ou=people,{SUFFIX}
objectClass: inetOrgPerson
cn: Plus+Equals=Hash
sn:: ICBibGFua3MgIA==
mail: plus@example.com
employeeNumber: 3
manager: uid=m\\C3\\BCller,ou=people,{SUFFIX}

dn: cn=\\#first \\"quoted\\" \\<angle\\>\\; end\\20,ou=guests,{SUFFIX}
objectClass: inetOrgPerson
cn:: I2ZpcnN0ICJxdW90ZWQiIDxhbmdsZT47IGVuZCA=
sn: Guest
mail: guest@example.com
employeeNumber: 4

dn: cn=names,ou=groups,{SUFFIX}
objectClass: groupOfNames
cn: names
member: cn=Doe\\, Jane,ou=people,{SUFFIX}
member:: dWlkPW3DvGxsZXIsb3U9cGVvcGxlLGRjPWV4YW1wbGUsZGM9Y29t
member: cn=unique,ou=groups,{SUFFIX}

dn: cn=unique,ou=groups,{SUFFIX}
objectClass: groupOfUniqueNames
cn: unique
uniqueMember: cn=Plus\\+Equals\\=Hash,ou=people,{SUFFIX}

dn: cn=posix,ou=groups,{SUFFIX}
objectClass: posixGroup
cn: posix
gidNumber: 7
memberUid:: bcO8bGxlcg==

"""


def tree() -> str:
    """The odd ones of above, and a crowd that is in one group."""
    people = (
        f"dn: uid=u{n:04},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: u{n:04}\n"
        f"cn: Person {n}\nsn: {n}\nmail: u{n:04}@example.com\nemployeeNumber: 9{n:04}\n\n"
        for n in range(BIG)
    )
    members = "".join(f"member: uid=u{n:04},ou=people,{SUFFIX}\n" for n in range(BIG))
    crowd = f"dn: cn=crowd,ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: crowd\n{members}\n"
    return TREE.format(password=READERS_PASSWORD.strip()) + "".join(people) + crowd


@dataclass(frozen=True)
class Asked:
    """A server, the folder of a config, and the source that the config has."""

    server: Slapd
    folder: Path
    keys: dict[str, object]

    def but(self, **keys: object) -> "Asked":
        """The same with other keys; None takes a key out."""
        changed = {**self.keys, **keys}
        return replace(self, keys={key: one for key, one in changed.items() if one is not None})

    def read(self, wanted: frozenset[str] | None = None) -> Snapshot:
        live = Servers(self.folder)
        keys = wanted or frozenset({"mail", "title", "title;lang-de", "manager", "sn", "cn"})
        return read(
            self.folder, [self.keys], [self.keys], key="employeeNumber", wanted=keys, live=live
        )

    def refusal(self) -> Problem:
        """The one problem of the people, who were not read at all."""
        people = self.read().people[0]
        assert not people.records
        (problem,) = people.problems
        assert problem.size is Size.STRUCTURAL
        assert ROOT_PASSWORD not in str(problem)
        return problem


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    limits = (
        f'limits dn.exact="{READER}" size=unlimited\n'
        f'limits dn.exact="cn=limited,{SUFFIX}" size.prtotal=20\n'
        f'limits dn.exact="cn=unpaged,{SUFFIX}" size.prtotal=disabled\n'
    )
    logins = "".join(
        f"dn: cn={name},{SUFFIX}\nobjectClass: applicationProcess\n"
        f"objectClass: simpleSecurityObject\ncn: {name}\nuserPassword: {ROOT_PASSWORD}\n\n"
        for name in ("limited", "unpaged")
    )
    folder = tmp_path_factory.mktemp("slapd") / "server"
    settings = Settings(SUFFIX, after=limits)
    with serving(folder, tree() + logins, settings) as running:
        yield running


@pytest.fixture
def asked(server: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setenv("LDAP_PASSWORD", ROOT_PASSWORD)
    keys: dict[str, object] = {
        "format": "ldap",
        "url": server.ldaps,
        "base": SUFFIX,
        "bind_dn": server.root,
        "password": {"env": "LDAP_PASSWORD"},
        "ca_bundle": str(server.ca),
        "page_size": 100,
    }
    return Asked(server, tmp_path, keys)


def content(snapshot: Snapshot) -> Any:
    """What a snapshot says, whichever order and place it came from."""
    (people,), (groups,) = snapshot.people, snapshot.groups
    return (
        sorted(sorted(one.attributes.items()) for one in people.records),
        sorted((one.name, one.dn, sorted(one.members), one.complete) for one in groups.groups),
        [(one.summary, one.size) for one in (*people.problems, *groups.problems)],
    )


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
