"""What a run leaves of people, as the README's safety model says: no more, and for one reader."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.story.harness import House
from tests.story.told import ROOT
from tests.story.undoing import ALL, changed, latest, undone

TOLD = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
BEFORE = {"name.formatted": "Zoë Müller", "title": "Engineer"}
AFTER = {"name.formatted": "Zoë Miller", "title": "Chief"}


@pytest.fixture
def remembering(house: House) -> House:
    """A house with a ledger, whose tenant is as the directory has it."""
    house.edit("syncer.yaml", "version: 1", "version: 1\nledger: ledger.sqlite")
    assert house.apply(*ALL).code == 0
    return house


def entries(journal: Path, kind: str) -> list[Any]:
    lines = map(json.loads, journal.read_text(encoding="utf-8").splitlines())
    return [one for one in lines if one["entry"] == kind]


def values(document: Any) -> set[str]:
    """Every text in a document, keys apart."""
    if isinstance(document, dict):
        return {text for one in document.values() for text in values(one)}
    if isinstance(document, list):
        return {text for one in document for text in values(one)}
    return {document} if isinstance(document, str) else set()


def test_a_journal_holds_whom_the_run_touched_and_what_it_changed(remembering: House) -> None:
    assert (
        "A journal holds whom the run touched, by address and id, and of each every value that it "
        "changed, from what to what: an undo needs both."
    ) in TOLD
    before = remembering.tenant()
    run = changed(remembering, "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    journal = latest(remembering)
    for kind in ("intent", "outcome"):
        (one,) = entries(journal, kind)
        assert (one["user"], one["scim_id"]) == ("zoe@example.com", "1003")
        assert (one["before"], one["after"]) == (BEFORE, AFTER)
    # Nothing of hers that stayed, and nothing of anybody else.
    told = journal.read_text(encoding="utf-8")
    assert not [text for text in ("0003", "grace@", "ada@", "Lovelace") if text in told]
    assert undone(remembering, run).code == 0
    assert remembering.tenant() == before


def test_a_plan_file_holds_them_too_with_reasons_and_departments(remembering: House) -> None:
    assert (
        "A plan file holds them too, with the reasons and the department of everybody it is about."
    ) in TOLD
    remembering.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    saved = remembering.folder / "plan.json"
    assert remembering.plan("--out", str(saved)).code == 0
    found = values(json.loads(saved.read_text(encoding="utf-8")))
    assert {"zoe@example.com", "1003", *BEFORE.values(), *AFTER.values()} <= found
    assert "Engineering" in found
    assert any("differ from the directory" in text for text in found)


def test_the_ledger_holds_no_other_value(remembering: House) -> None:
    assert (
        "The ledger holds addresses, directory keys, ids and dates, and no other value of theirs."
        in TOLD
    )
    changed(remembering, "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    kept = (remembering.folder / "ledger.sqlite").read_bytes()
    assert b"zoe@example.com" in kept
    assert b"0003" in kept
    assert b"1003" in kept
    others = ("Zoë", "Müller", "Miller", "Lovelace", "Engineer", "Chief", "Executive")
    assert not [text for text in others if text.encode() in kept]


def test_only_their_user_may_read_them_and_no_run_deletes_a_journal(remembering: House) -> None:
    assert (
        "Only the user who runs `syncer` may read the three (mode 0600), and no run deletes a "
        "journal."
    ) in TOLD
    first = latest(remembering)
    written = first.read_bytes()
    saved = remembering.folder / "plan.json"
    remembering.edit("people.csv", "Zoë,Müller,Engineer", "Zoë,Miller,Chief")
    assert remembering.plan("--out", str(saved)).code == 0
    assert remembering.apply(str(saved)).code == 0
    assert latest(remembering) != first
    assert first.read_bytes() == written
    for path in (saved, first, latest(remembering), remembering.folder / "ledger.sqlite"):
        assert path.stat().st_mode & 0o777 == 0o600, path
