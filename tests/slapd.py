"""A real OpenLDAP on loopback for a test: its own folder, certificates and ports, no root."""

import base64
import datetime as dt
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import trustme

SCHEMAS: Final = Path("/etc/ldap/schema")
MODULES: Final = Path("/usr/lib/ldap")
SLAPD: Final = Path("/usr/sbin/slapd")
LDAPSEARCH: Final = Path("/usr/bin/ldapsearch")
LDAPMODIFY: Final = Path("/usr/bin/ldapmodify")
ROOT_PASSWORD: Final = "root secret"
ROOT_DN: Final = "cn=root,{suffix}"

_CONFIG: Final = """\
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/nis.schema
include {schemas}/inetorgperson.schema
include {schemas}/msuser.schema
modulepath {modules}
moduleload back_mdb
moduleload ppolicy
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
{before}
database mdb
suffix "{suffix}"
rootdn "{root}"
rootpw "{password}"
directory {folder}/data
maxsize 67108864
dbnosync
overlay ppolicy
{after}
"""


def require_slapd() -> None:
    """Skip the test where there is no OpenLDAP; with SYNCER_NEEDS_SLAPD set that is a failure."""
    parts = (SLAPD, LDAPSEARCH, SCHEMAS, MODULES)
    needed = [str(path) for path in parts if not path.exists()]
    if not needed:
        return
    if os.environ.get("SYNCER_NEEDS_SLAPD"):
        pytest.fail(f"SYNCER_NEEDS_SLAPD is set, and there is no {', '.join(needed)}")
    pytest.skip(f"no {', '.join(needed)}: apt-get install slapd ldap-utils")


@dataclass(frozen=True)
class Slapd:
    """A server that runs. `ldap`, `ldaps` are its addresses, `ca` the file that proves them."""

    folder: Path
    suffix: str
    ldap: str
    ldaps: str
    ca: Path

    @property
    def root(self) -> str:
        return ROOT_DN.format(suffix=self.suffix)

    def modify(self, ldif: str) -> None:
        """Change entries as the administrator would."""
        login = ("-x", "-H", self.ldap, "-D", self.root, "-y", self.folder / "password")
        command(LDAPMODIFY, *login, given=ldif)

    def export(self, *arguments: str, base: str = "") -> bytes:
        """What ldapsearch exports from the server, in pages and with its comments."""
        secret = self.folder / "password"
        login = ("-x", "-H", self.ldap, "-D", self.root, "-y", str(secret))
        search = ("-b", base or self.suffix, "-E", "pr=100/noprompt")
        done = subprocess.run(
            [str(LDAPSEARCH), *login, *search, *arguments], capture_output=True, check=True
        )
        return done.stdout


@dataclass(frozen=True)
class Settings:
    """What a server is like: further lines of its config, and who its certificate is for."""

    suffix: str
    before: str = ""
    after: str = ""
    names: tuple[str, ...] = ("localhost", "127.0.0.1")
    expired: bool = False


@contextmanager
def serving(folder: Path, ldif: str, settings: Settings) -> Iterator[Slapd]:
    """A server with these entries, until the end of the block."""
    require_slapd()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir()
    (folder / "password").write_text(ROOT_PASSWORD, encoding="utf-8")
    (folder / "password").chmod(0o600)
    (folder / "tree.ldif").write_text(ldif, encoding="utf-8")
    certify(folder, settings)
    config = folder / "slapd.conf"
    config.write_text(
        _CONFIG.format(
            schemas=SCHEMAS,
            modules=MODULES,
            folder=folder,
            suffix=settings.suffix,
            root=ROOT_DN.format(suffix=settings.suffix),
            password=ROOT_PASSWORD,
            before=settings.before,
            after=settings.after,
        ),
        encoding="utf-8",
    )
    # Without schema checks: what an export shows of an entry is seldom all that it must have.
    command(SLAPD, "-T", "add", "-s", "-q", "-f", config, "-l", folder / "tree.ldif")
    plain, secure = free_port(), free_port()
    ldap, ldaps = f"ldap://127.0.0.1:{plain}", f"ldaps://127.0.0.1:{secure}"
    # With -d it stays in the foreground, as a child of ours that cannot be left behind.
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [str(SLAPD), "-f", str(config), "-h", f"{ldap}/ {ldaps}/", "-d", "0"], stderr=log
        )
    try:
        for port in (plain, secure):
            await_port(running, port)
        yield Slapd(folder, settings.suffix, ldap, ldaps, folder / "ca.pem")
    finally:
        running.terminate()
        running.wait()


def await_port(running: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server listens, which it does not tell."""
    for _ in range(2000):
        assert running.poll() is None, "the server ended at its start"
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    pytest.fail("the server does not listen")


def tree_of(export: str, suffix: str) -> str:
    """The entries of an export as they can be loaded: alone, below entries that it left out."""
    blocks = [block for block in re.split(r"\n\n+", export) if re.search(r"(?m)^dn:", block)]
    entries = [re.sub(r"(?m)^#.*\n", "", block) for block in blocks]
    names = [name_of(entry) for entry in entries]
    known = {name.casefold() for name in names}
    missing: dict[str, str] = {}
    for name in names:
        while name.casefold() != suffix.casefold():
            _, name = re.split(r"(?<!\\),", name, maxsplit=1)  # noqa: PLW2901  # goes up
            if name.casefold() not in known:
                missing[name.casefold()] = name
    above = sorted(missing.values(), key=len)
    return "\n\n".join([*map(container, above), *entries]) + "\n"


def name_of(entry: str) -> str:
    """The distinguished name of an entry in LDIF."""
    found = re.match(r"dn:(:?) ?(.*(?:\n .*)*)", entry)
    assert found is not None, entry
    text = found[2].replace("\n ", "")
    return base64.b64decode(text).decode() if found[1] else text


def container(name: str) -> str:
    """An entry that holds others, in LDIF."""
    kind, value = name.partition(",")[0].split("=")
    classes = {"dc": "domain", "ou": "organizationalUnit", "o": "organization"}
    return f"dn: {name}\nobjectClass: {classes.get(kind.lower(), 'device')}\n{kind}: {value}"


def certify(folder: Path, settings: Settings) -> None:
    """Make an authority and a certificate of it for the server."""
    authority = trustme.CA()
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) if settings.expired else None
    issued = authority.issue_cert(*settings.names, not_after=past)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.private_key_pem.write_to_path(folder / "server.key")
    for pem in issued.cert_chain_pems:
        pem.write_to_path(folder / "server.pem", append=True)


def command(*arguments: object, given: str = "") -> None:
    """Run a command to its end; its words are in the failure."""
    done = subprocess.run(
        list(map(str, arguments)), capture_output=True, check=False, input=given.encode()
    )
    assert done.returncode == 0, done.stderr.decode()


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
