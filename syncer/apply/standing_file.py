"""What those know who are notified, kept beside the journals: one small file for each command."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

from syncer.apply.files import PRIVATE_FOLDER, state_error, write_whole
from syncer.model.errors import StateError
from syncer.model.watching import Standing

_FORMAT: Final = 1


def standing_path(journals: Path, command: str) -> Path:
    """Where it is kept. No journal has such a name."""
    return journals / f".told-{command}.json"


def read_standing(path: Path) -> Standing:
    """How things stood, as people know it; nothing known where there is no file yet.

    Raises StateError for a file that cannot be read or is none of ours.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Standing()
    except UnicodeDecodeError:
        raise _damaged(path) from None
    except OSError as error:
        raise state_error("cannot read", path, error) from error
    known = asdict(Standing())
    try:
        document = json.loads(text)
        if document.pop("format") != _FORMAT:
            raise _damaged(path)
        standing = Standing(**document)
        if any(type(value) is not type(known[name]) for name, value in document.items()):
            raise _damaged(path)
        moments = (standing.since, standing.last_success)
        if not all(datetime.fromisoformat(at).tzinfo for at in moments if at):
            raise _damaged(path)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _damaged(path) from None
    return standing


def write_standing(path: Path, standing: Standing) -> None:
    """Keep it, whole or not at all. Raises StateError."""
    text = json.dumps({"format": _FORMAT, **asdict(standing)}, indent=2) + "\n"
    try:
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise state_error("cannot create the folder", path.parent, error) from error
    write_whole(path, text, what="what was told")


def _damaged(path: Path) -> StateError:
    return StateError(f"{path} is damaged", "remove it: the next run tells anew how things stand")
