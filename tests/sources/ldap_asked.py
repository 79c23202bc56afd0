"""People and groups of a server that is a double, for the tests of what servers do."""

from dataclasses import replace
from pathlib import Path

from syncer.cli.servers import Servers
from syncer.model.directory import Snapshot
from syncer.model.origin import Problem, Size
from syncer.sources.ldap_search import STAMP
from tests.sources.ldap_double import Attributes, Reply, Request, Script, double
from tests.sources.shown import read

BASE = "DC=example,DC=com"
MOST = 1500
"""So many values Active Directory hands out at once (MaxValRange)."""


def person(number: int) -> tuple[str, Attributes]:
    name = f"u{number:04}"
    return f"CN={name},{BASE}", {
        "objectClass": [b"top", b"person", b"user"],
        "mail": [f"{name}@example.com".encode()],
        STAMP: [b"1"],
    }


def member(number: int) -> bytes:
    return person(number)[0].encode()


def asked(folder: Path, script: Script, **keys: object) -> tuple[Snapshot, list[Request]]:
    """People and groups of the double, and what it was asked."""
    with double(script) as server:
        source = {"format": "ldap", "url": server.url, "base": BASE, "page_size": 2, **keys}
        wanted = frozenset({"mail"})
        live = Servers(folder)
        return read(folder, [source], [source], wanted=wanted, live=live), server.asked


def refusal(folder: Path, script: Script, **keys: object) -> Problem:
    """The one problem of the people, who were not read at all."""
    people = asked(folder, script, **keys)[0].people[0]
    assert not people.records
    (problem,) = people.problems
    assert problem.size is Size.STRUCTURAL
    return problem


def pages(*replies: Reply) -> Script:
    """Answers one after the other; each search starts anew."""

    def script(request: Request) -> Reply:
        at = int(request.cookie or b"0")
        reply = replies[at]
        last = at == len(replies) - 1
        if last or reply.cookie is None:
            return reply
        return replace(reply, cookie=b"%d" % (at + 1))

    return script
