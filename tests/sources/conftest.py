"""A directory server that all tests of sources share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slapd import ROOT_PASSWORD, Settings, Slapd, serving
from tests.sources.ldap_server import READER, SUFFIX, Asked, tree


@pytest.fixture(scope="package")
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
