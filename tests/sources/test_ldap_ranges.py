"""Attributes that a server hands out in parts: the parts make the whole, or the run stops."""

from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.model.origin import Size
from syncer.sources.ldap_search import STAMP
from tests.sources.ldap_asked import BASE, MOST, asked, member, person, refusal
from tests.sources.ldap_double import Reply, Request


class Group:
    """A group of many, in the ranges of Active Directory; `changes` at each of these readings."""

    dn = f"CN=many,{BASE}"

    def __init__(self, size: int, change: Callable[[int], bytes] = lambda _: b"7") -> None:
        self._members = [member(number) for number in range(size)]
        self._change = change
        self._readings = 0

    def __call__(self, request: Request) -> Reply:
        if not request.alone:
            return Reply([person(1), (self.dn, {**self._head(), **self._range(0), "member": []})])
        self._readings += 1
        (wanted,) = (one for one in request.attributes if ";range=" in one)
        first = int(wanted.partition("=")[2].partition("-")[0])
        stamp = self._change(self._readings)
        if stamp == b"gone":
            return Reply(code=32, cookie=None)
        return Reply([(self.dn, {**self._range(first), STAMP: [stamp]})], cookie=None)

    def _head(self) -> dict[str, list[bytes]]:
        return {"objectClass": [b"top", b"group"], "cn": [b"many"], STAMP: [b"7"]}

    def _range(self, first: int) -> dict[str, list[bytes]]:
        part = self._members[first : first + MOST]
        last = "*" if first + MOST >= len(self._members) else str(first + MOST - 1)
        return {f"member;range={first}-{last}": part}


@pytest.mark.parametrize("size", [MOST + 1, 2 * MOST, 3 * MOST + 7])
def test_a_big_group_is_read_range_by_range(tmp_path: Path, size: int) -> None:
    snapshot, requests = asked(tmp_path, Group(size))
    (group,) = snapshot.groups[0].groups
    assert group.members == tuple(member(number).decode() for number in range(size))
    assert group.complete
    assert snapshot.groups[0].problems == ()
    ranges = {name for one in requests if one.alone for name in one.attributes if "range" in name}
    assert ranges == {f"member;range={first}-*" for first in range(0, size, MOST)}


def test_a_big_group_that_changes_meanwhile_is_read_anew(tmp_path: Path) -> None:
    """Its stamp differs between two ranges once: somebody may be lost at the seam."""
    stamps = iter([b"1", b"2", b"2"])
    group = Group(2 * MOST, lambda _: next(stamps, b"3"))
    snapshot, _ = asked(tmp_path, group)
    (found,) = snapshot.groups[0].groups
    assert found.complete
    assert len(found.members) == 2 * MOST


@pytest.mark.parametrize(
    "change", [lambda reading: b"%d" % reading, lambda _: b"gone"], ids=["ever-changing", "gone"]
)
def test_a_big_group_that_cannot_be_read_whole_is_incomplete(
    tmp_path: Path, change: Callable[[int], bytes]
) -> None:
    snapshot, _ = asked(tmp_path, Group(2 * MOST, change))
    (group,) = snapshot.groups[0].groups
    assert not group.complete
    (problem,) = snapshot.groups[0].problems
    assert (problem.size, problem.identity) == (Size.RECORD, ("many",))
    assert problem.hint == "they may have changed meanwhile: run again"


def test_ranges_that_lead_backwards_come_to_an_end(tmp_path: Path) -> None:
    """Else the same range would be asked for without end."""

    def script(request: Request) -> Reply:
        whole = {"objectClass": [b"group"], "cn": [b"many"], "member;range=0-0": [member(0)]}
        if not request.alone:
            return Reply([(f"CN=many,{BASE}", whole)])
        (name,) = (name for name in request.attributes if "range" in name)
        first = int(name.partition("=")[2].partition("-")[0])
        last = max(0, first - 1)
        return Reply([(f"CN=many,{BASE}", {f"member;range={first}-{last}": [member(0)]})])

    snapshot, _ = asked(tmp_path, script)
    (group,) = snapshot.groups[0].groups
    assert not group.complete


@pytest.mark.parametrize("second", ["member", "MEMBER"])
def test_an_attribute_in_two_parts_is_no_shorter_one(tmp_path: Path, second: str) -> None:
    """No server may send that; of two lists of members the last one would be the team."""

    class Parted(dict[str, list[bytes]]):
        def items(self) -> list[tuple[str, list[bytes]]]:  # type: ignore[override]  # twice one key
            return [
                ("objectClass", [b"group"]),
                ("cn", [b"many"]),
                ("member", [member(1), member(2)]),
                (second, [member(3)]),
            ]

    def script(_: Request) -> Reply:
        return Reply([person(1), person(2), person(3), (f"CN=many,{BASE}", Parted())])

    problem = refusal(tmp_path, script)
    assert "an entry has one attribute in several parts" in problem.summary


def test_a_server_that_repeats_the_password_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDAP_PASSWORD", "correct horse")
    keys = {"bind_dn": f"CN=reader,{BASE}", "password": {"env": "LDAP_PASSWORD"}}
    problem = refusal(tmp_path, lambda _: Reply(code=49, said="no: correct horse!"), **keys)
    assert "invalid credentials (49): no: ***!" in problem.summary


def test_a_range_that_the_server_refuses_stops_the_run(tmp_path: Path) -> None:
    whole = Group(2 * MOST)

    def script(request: Request) -> Reply:
        return Reply(code=50, cookie=None) if request.alone else whole(request)

    (problem,) = asked(tmp_path, script)[0].groups[0].problems
    assert "stopped reading member;range=0-*: insufficient access rights (50)" in problem.summary
    assert problem.size is Size.STRUCTURAL
