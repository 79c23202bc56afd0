"""Former addresses count wherever a record has them, whatever other files of the source know."""

from pathlib import Path

from syncer.core.desired import desire
from syncer.core.wanted import wanted_attributes
from syncer.sources.reading import read_snapshot
from tests.core.directory_input import config_of, where


def test_a_former_address_counts_though_another_file_has_no_such_column(tmp_path: Path) -> None:
    (tmp_path / "people-1.csv").write_text("mail,previous_emails\nada@example.com,ada@old.com\n")
    (tmp_path / "people-2.csv").write_text("mail\nzoe@example.com\n")
    config = config_of({"directory": {"people": [{"format": "csv", "path": "people-*.csv"}]}})
    snapshot = read_snapshot(config.directory, tmp_path, where, wanted_attributes(config))
    assert "previous_emails" not in snapshot.people[0].names
    ada, zoe = desire(snapshot, config, where).state.users
    assert ada.previous == ("ada@old.com",)
    assert zoe.previous == ()
