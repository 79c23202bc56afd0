"""Damaged people of every format, applied: no word but words, and no write of what is refused.

`test_fuzz` damages a CSV file for the commands that only read; here are LDIF and YAML too, and the
command that writes.
"""

import csv
import io
import tempfile
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from tests.story.harness import CONFIG, PEOPLE, House, furnish
from tests.story.test_fuzz import FUZZ, SLOWEST, WOUNDS, Wound, run_all, sound, wounded
from tests.story.test_laws import writes

ROWS = list(csv.DictReader(io.StringIO(PEOPLE.replace("ü", "u").replace("ë", "e"))))


def entry(row: dict[str, str]) -> str:
    """A person as LDIF has it."""
    lines = [f"dn: uid={row['employeeNumber']},dc=example,dc=com", "objectClass: inetOrgPerson"]
    lines += [f"{key}: {value}" for key, value in row.items() if value and key != "manager"]
    return "\n".join(lines) + "\n"


CONTENTS = {
    "csv": PEOPLE,
    "ldif": "version: 1\n\n" + "\n".join(map(entry, ROWS)) + "\n# numEntries: 3\n",
    "yaml": yaml.safe_dump(ROWS),
}


def furnished(folder: Path, kind: str) -> House:
    config = CONFIG.replace("csv, path: people.csv", f"{kind}, path: people.{kind}")
    house = furnish(folder, config=config.replace("  manager: manager\n", ""))
    house.write(f"people.{kind}", CONTENTS[kind])
    assert house.apply("--allow", "create=9").code == 0
    return house


@pytest.mark.parametrize("kind", CONTENTS)
def test_damaged_people_are_never_half_applied(kind: str) -> None:
    codes = set()

    @given(wounds=WOUNDS)
    @FUZZ
    def damaged(wounds: list[Wound]) -> None:
        with tempfile.TemporaryDirectory() as name:
            house = furnished(Path(name), kind)
            house.write(f"people.{kind}", wounded(CONTENTS[kind].encode(), wounds))
            run_all(house, ("validate",), ("plan",))
            started = time.monotonic()
            with writes() as asked:
                ended = house.apply()
            assert time.monotonic() - started < SLOWEST
            sound(ended)
            codes.add(int(ended.code))
            assert asked == [] or ended.code in {0, 4, 6}
            assert len(house.tenant()["users"]) >= len(ROWS)

    damaged()
    # Some damage is refused, and some is no damage.
    assert codes >= {0, 64}
