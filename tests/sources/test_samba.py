"""A domain controller of Samba, where one is asked for: what Active Directory says of itself.

Its LDAP server has the ports 389 and 636 and no others, so that it needs root and a machine of its
own: SYNCER_NEEDS_SAMBA=1 asks for it, and two at a time would take each other's ports.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.sources.ldap_connection import Access, connected
from syncer.sources.ldap_search import Ask
from tests.slapd import Settings, Slapd, await_port, certify, command
from tests.sources.ldap_server import Asked, content
from tests.sources.shown import read

SUFFIX = "DC=corp,DC=example,DC=com"
PASSWORD = "Gute-Fahrt-4711"
CROWD = 1700
NEEDED = ("samba", "samba-tool", "ldbadd", "ldapsearch")


def why_not() -> str:
    """Why there can be no domain controller here; empty when there can."""
    if os.environ.get("SYNCER_NEEDS_SAMBA") != "1":
        return "takes ports 389 and 636 of the machine; SYNCER_NEEDS_SAMBA=1 asks for it"
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        return f"no {', '.join(missing)}: apt-get install samba-ad-dc ldb-tools ldap-utils"
    if os.geteuid() != 0:
        return "a domain controller of Samba needs root"
    for port in (389, 636):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return f"port {port} is in use"
    return ""


def people() -> str:
    """Users without a mailbox are there already; these have one, and are in a group."""
    users = (
        f"dn: CN=Person\\, {n:04},OU=Staff,{SUFFIX}\nobjectClass: user\nsAMAccountName: u{n:04}\n"
        f"userAccountControl: {546 if n % 100 == 0 else 544}\nmail: u{n:04}@example.com\n"
        f"manager: CN=Person\\, 0000,OU=Staff,{SUFFIX}\n\n"
        for n in range(CROWD)
    )
    staff = f"dn: OU=Staff,{SUFFIX}\nobjectClass: organizationalUnit\n\n"
    members = "".join(f"member: CN=Person\\, {n:04},OU=Staff,{SUFFIX}\n" for n in range(CROWD))
    crowd = f"dn: CN=crowd,OU=Staff,{SUFFIX}\nobjectClass: group\nsAMAccountName: crowd\n{members}"
    # Whose manager comes later cannot refer to him yet.
    first, *others = users
    return staff + first.replace("manager: ", "# ") + "".join(others) + crowd


@pytest.fixture(scope="module")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("samba")
    certify(folder, Settings(SUFFIX))
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    (folder / "server.key").chmod(0o600)
    (folder / "people.ldif").write_text(people(), encoding="utf-8")
    options = {
        "server services": "ldap",
        "interfaces": "lo",
        "bind interfaces only": "yes",
        "tls keyfile": folder / "server.key",
        "tls certfile": folder / "server.pem",
        "tls cafile": folder / "ca.pem",
    }
    command(
        *("samba-tool", "domain", "provision", f"--targetdir={folder}/domain"),
        *("--realm=CORP.EXAMPLE.COM", "--domain=CORP", f"--adminpass={PASSWORD}"),
        *("--server-role=dc", "--dns-backend=NONE", "--host-name=dc1", "--host-ip=127.0.0.1"),
        *(f"--option={name}={value}" for name, value in options.items()),
    )
    command("ldbadd", "-H", folder / "domain" / "private" / "sam.ldb", folder / "people.ldif")
    config = str(folder / "domain" / "etc" / "smb.conf")
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            ["/usr/sbin/samba", "-s", config, "-F", "-M", "single", "--debug-stdout"],
            stdout=log,
            stderr=log,
        )
    try:
        for port in (389, 636):
            await_port(running, port)
        yield Slapd(folder, SUFFIX, "ldap://127.0.0.1", "ldaps://127.0.0.1", folder / "ca.pem")
    finally:
        running.terminate()
        running.wait()


@pytest.fixture
def asked(controller: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setenv("LDAP_PASSWORD", PASSWORD)
    keys: dict[str, object] = {
        "format": "ldap",
        "url": controller.ldaps,
        "base": SUFFIX,
        "bind_dn": "administrator@corp.example.com",
        "password": {"env": "LDAP_PASSWORD"},
        "ca_bundle": str(controller.ca),
    }
    return Asked(controller, tmp_path, keys)


WANTED = frozenset({"mail", "manager", "useraccountcontrol", "objectguid", "samaccountname"})


@pytest.mark.parametrize("start_tls", [True, False], ids=["start-tls", "ldaps"])
def test_an_export_of_the_domain_says_the_same(asked: Asked, *, start_tls: bool) -> None:
    """Machines and krbtgt are no people, the partitions of the domain no other servers."""
    found = subprocess.run(
        [
            *("ldapsearch", "-x", "-H", asked.server.ldaps, "-b", SUFFIX),
            *("-D", "administrator@corp.example.com", "-y", str(asked.server.folder / "password")),
            *("-E", "pr=500/noprompt", "(|(objectClass=user)(objectClass=group))"),
        ],
        env={**os.environ, "LDAPTLS_CACERT": str(asked.server.ca)},
        capture_output=True,
        check=True,
    )
    (asked.folder / "export.ldif").write_bytes(found.stdout)
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif"}
    exported = read(asked.folder, [source], [source], key="employeeNumber", wanted=WANTED)
    url = asked.server.ldap if start_tls else asked.server.ldaps
    live = asked.but(url=url, start_tls=start_tls).read(WANTED)
    assert content(live) == content(exported)
    assert live.people_read == CROWD + 3  # Administrator, Guest, and dns-dc1, a service
    crowd = next(one for one in live.groups[0].groups if one.name == "crowd")
    assert (len(crowd.members), crowd.complete) == (CROWD, True)


def test_a_login_in_the_clear_is_refused_with_what_to_do(asked: Asked) -> None:
    problem = asked.but(url=asked.server.ldap, ca_bundle=None).refusal()
    assert "refused the login: stronger authentication required (8)" in problem.summary
    assert problem.hint == "use ldaps://, or start_tls: true"


def test_a_wrong_password_is_told(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LDAP_PASSWORD", "wrong")
    problem = asked.refusal()
    assert "the server refused the login: invalid credentials (49): 80090308:" in problem.summary


def test_without_a_login_it_says_that_one_is_needed(asked: Asked) -> None:
    problem = asked.but(bind_dn=None, password=None).refusal()
    assert "operations error (1)" in problem.summary
    assert "before a login: set bind_dn and password" in problem.hint


def test_ranges_are_named_as_the_double_names_them(asked: Asked) -> None:
    access = Access(
        bind_dn="administrator@corp.example.com", password=PASSWORD, ca_bundle=asked.server.ca
    )
    dn = f"CN=crowd,OU=Staff,{SUFFIX}"
    with connected(asked.server.ldaps, access) as session:
        for wanted, count in (("0-9", 10), ("1690-*", 10), ("0-*", CROWD)):
            ask = Ask(dn, "(objectClass=*)", (f"member;range={wanted}",), alone=True)
            (entry,) = session.page(ask, None).entries
            (values,) = (one for name, one in entry.attributes.items() if name != "member")
            assert f"member;range={wanted}" in entry.attributes
            assert len(values) == count
