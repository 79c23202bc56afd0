"""An export that the config names for people and for groups is read once, and says the same."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.model.directory import Snapshot
from syncer.model.origin import Origin, Problem
from syncer.model.policy.directory import DirectoryPolicy
from syncer.sources import ldif_file
from syncer.sources.files import Stream
from syncer.sources.findings import Interest
from syncer.sources.ldif_entries import LdifFile
from syncer.sources.reading import read_snapshot
from tests.sources.test_laws import CUTS, PAGED, SEARCH, mutated

ODD = b"""version: 1

dn: uid=ada,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: ada
mail: ada@example.com
title:: /w==
member:: /w==
jpegPhoto:: /w==

dn: cn=eng,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: eng
member: uid=ada,ou=people,dc=example,dc=com
member:: /w==
member;range=0-1: uid=zoe,ou=people,dc=example,dc=com
description:: no base64

dn: uid=nobody,ou=people,dc=example,dc=com

dn: cn=empty,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: empty

"""
REFERRED = SEARCH.replace(
    b"# search result",
    b"# search reference\nref: ldap://other.example.com/ou=people\n\n# search result",
)
CLASSLESS = b"""dn: cn=ann,dc=example,dc=com
cn: ann
mail: ann@example.com
memberOf;range=0-1: cn=eng,dc=example,dc=com
memberOf;range=0-1: cn=ops,dc=example,dc=com
title;range=0-*: Engineer

dn: cn=eng,dc=example,dc=com
cn: eng
member: cn=ann,dc=example,dc=com

dn: cn=big,dc=example,dc=com
cn: big
member;range=0-1: cn=ann,dc=example,dc=com
memberOf;range=0-*: cn=eng,dc=example,dc=com

dn: cn=ann,dc=example,dc=com
mail: ann@example.com
memberOf;range=2-*: cn=big,dc=example,dc=com

"""
SELECTS = st.sampled_from(
    [None, None, "(objectClass=*)", "(cn=*)", "(ou=x)", "(dn=*)", "(!(uid=zoe))", "(", "(title=*)"]
)
WANTED = st.sampled_from(
    [
        None,
        frozenset({"mail"}),
        frozenset({"title", "jpegPhoto", "member", "description"}),
        frozenset({"mail", "memberOf", "cn"}),
    ]
)


def where(*location: str | int) -> Origin:
    """People and groups are asked for in lines of their own."""
    return Origin("syncer.yaml", {"people": 7, "groups": 8}[str(location[1])])


def read(
    folder: Path,
    people: dict[str, object] | None,
    groups: dict[str, object] | None,
    wanted: frozenset[str] | None = None,
) -> Snapshot:
    none = {"format": "csv", "path": "none"}
    policy = DirectoryPolicy.model_validate(
        {"people": (people or none,), "key": "employeeNumber"}
        | ({"groups": (groups,)} if groups else {})
    )
    return read_snapshot(policy, folder, where, wanted)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    whole=st.sampled_from([SEARCH, PAGED, ODD, CLASSLESS, REFERRED]),
    cuts=CUTS,
    of_people=SELECTS,
    of_groups=SELECTS,
    wanted=WANTED,
)
def test_to_read_an_export_once_says_what_reading_it_twice_says(
    tmp_path: Path,
    whole: bytes,
    cuts: list[tuple[float, int, bytes]],
    of_people: str | None,
    of_groups: str | None,
    wanted: frozenset[str] | None,
) -> None:
    (tmp_path / "export.ldif").write_bytes(mutated(whole, cuts))
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif"}
    people, groups = source | {"select": of_people}, source | {"select": of_groups}
    both = read(tmp_path, people, groups, wanted)
    assert both.people == read(tmp_path, people, None, wanted).people
    assert both.groups == read(tmp_path, None, groups, wanted).groups


@pytest.mark.parametrize("select", [None, "(mail=*)"])
def test_a_range_that_people_are_read_for_makes_no_group(
    tmp_path: Path, select: str | None
) -> None:
    (tmp_path / "export.ldif").write_bytes(CLASSLESS)
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif"}
    wanted = frozenset({"mail", "memberOf", "cn"})
    snapshot = read(tmp_path, source | {"select": select}, source, wanted)
    assert [group.name for group in snapshot.groups[0].groups] == ["eng", "big"]
    # Nor does it take the person away: whoever is not among the people would be deactivated.
    (ann,) = snapshot.people[0].records
    assert ann.attributes["memberof"] == tuple(
        f"cn={name},dc=example,dc=com" for name in ("eng", "ops", "big")
    )


@pytest.mark.parametrize(
    ("export", "of_groups", "reads"),
    [
        (SEARCH, {}, 1),
        (SEARCH, {"select": "(objectClass=groupOfNames)"}, 1),
        # A part of the tree that is elsewhere is told of every night.
        (REFERRED, {}, 1),
        # What somebody has in nobody's eyes but those who choose groups is nothing he shows.
        (SEARCH, {"select": "(businessCategory=*)"}, 2),
        (SEARCH, {"encoding": "utf-8"}, 2),
        (SEARCH, {"path": "./export.ldif"}, 2),
        # What is wrong is told by each of the two as if it had read the file alone.
        (SEARCH.replace(b"# search result", b"is this LDIF?"), {}, 3),
    ],
)
def test_one_export_for_people_and_groups_is_read_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    export: bytes,
    of_groups: dict[str, object],
    reads: int,
) -> None:
    opened: list[str] = []

    class Counted(LdifFile):
        def __init__(
            self, stream: Stream, interests: Sequence[Interest], problems: list[Problem]
        ) -> None:
            opened.append(stream.file.shown)
            super().__init__(stream, interests, problems)

    monkeypatch.setattr(ldif_file, "LdifFile", Counted)
    (tmp_path / "export.ldif").write_bytes(export)
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif"}
    snapshot = read(tmp_path, source, source | of_groups)
    assert len(opened) == reads
    assert len(snapshot.people[0].records) == 13
    assert snapshot.people[0].modified_at == snapshot.groups[0].modified_at is not None


def test_a_file_that_is_not_there_is_told_where_the_config_names_it(tmp_path: Path) -> None:
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif"}
    snapshot = read(tmp_path, source, source)
    (people,), (groups,) = snapshot.people[0].problems, snapshot.groups[0].problems
    assert str(people).startswith("syncer.yaml:7: there is no file 'export.ldif'")
    assert str(groups).startswith("syncer.yaml:8: there is no file 'export.ldif'")


def test_the_digest_is_that_of_both_sources(tmp_path: Path) -> None:
    (tmp_path / "export.ldif").write_bytes(SEARCH)
    source: dict[str, object] = {"format": "ldif", "path": "export.ldif"}
    once = read(tmp_path, source, source)
    twice = read(tmp_path, source, source | {"path": "./export.ldif"})
    assert once.digest == twice.digest
