"""What each small file means: the file, beside it what is read from it.

A case is `NAME.csv` (or .yaml, .ldif) with `NAME.expected`; `NAME.source` holds further keys of
the source, and `groups-` at the start of the name makes it a source of groups.
"""

import json
from pathlib import Path

import pytest

from tests.sources.shown import read, shown

CASES = Path(__file__).parent / "cases"
FORMATS = ("csv", "yaml", "ldif")


def case_files() -> list[Path]:
    return sorted(path for name in FORMATS for path in (CASES / name).glob(f"*.{name}"))


def reading_of(path: Path) -> str:
    source: dict[str, object] = {"format": path.suffix[1:], "path": path.name}
    options = path.with_suffix(".source")
    if options.exists():
        source |= json.loads(options.read_text(encoding="utf-8"))
    if path.name.startswith("groups-"):
        return shown(read(path.parent, groups=[source]), groups_only=True)
    return shown(read(path.parent, [source], key="employeeNumber"), groups_only=False)


@pytest.mark.parametrize("path", case_files(), ids=lambda path: f"{path.suffix[1:]}-{path.stem}")
def test_a_file_is_read_as_expected(path: Path) -> None:
    assert reading_of(path) == path.with_suffix(".expected").read_text(encoding="utf-8")


def test_every_expectation_has_its_file() -> None:
    expected = {path.stem for path in CASES.glob("*/*.expected")}
    assert expected == {path.stem for path in case_files()}
