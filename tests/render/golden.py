"""Texts as they shall look, kept in tests/golden.

After a wanted change look at the new texts and keep them:

    SYNCER_UPDATE_GOLDEN=1 pytest tests/render

Where `CI` is set nothing is written: there a different text is a failure.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "golden"


def agrees(name: str, text: str) -> None:
    """Fail when the text is not the golden one of this name."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("SYNCER_UPDATE_GOLDEN") == "1" and "CI" not in os.environ:
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"no golden text {name}: SYNCER_UPDATE_GOLDEN=1 keeps one"
    assert text == path.read_text(encoding="utf-8"), "SYNCER_UPDATE_GOLDEN=1 keeps a wanted change"
