"""A self-test as text, a line each, and as JSON."""

import json
from collections.abc import Sequence
from typing import Final

from syncer.model.probe import Check, Verdict
from syncer.render.layout import Sheet, Style
from syncer.render.wording import counted

CHECK_VERSION: Final = 1
"""To be raised when a reader of today would misread a self-test, not when keys are added."""

_NAMES: Final = 26
_WORDS: Final = 9
_STYLES: Final = {
    Verdict.GOOD: Style.GOOD,
    Verdict.WARNING: Style.CHANGE,
    Verdict.FAILED: Style.WARNING,
    Verdict.SKIPPED: Style.DIM,
}


def render_checks(
    checks: Sequence[Check], *, tenant: str, colour: bool = False, width: int = 80
) -> str:
    """Every line with what to do about it, no line wider than `width` columns (40 at least)."""
    sheet = Sheet(width)
    sheet.put(f"check: {tenant}; nothing is changed in Asana", style=Style.STRONG)
    sheet.blank()
    for one in checks:
        word = one.verdict.value.ljust(_WORDS)
        sheet.labelled(
            f"{word}{one.name}",
            one.detail,
            indent=2,
            column=_NAMES,
            hang=0,
            label_style=_STYLES[one.verdict],
        )
        if one.remedy:
            sheet.put(f"hint: {one.remedy}", indent=_NAMES, hang=_NAMES + 6)
    sheet.blank()
    text, style = conclusion(checks)
    sheet.put(text, style=style)
    return sheet.text(colour=colour)


def conclusion(checks: Sequence[Check]) -> tuple[str, Style]:
    """What the self-test came to, in one sentence."""
    failed = sum(one.verdict is Verdict.FAILED for one in checks)
    warned = sum(one.verdict is Verdict.WARNING for one in checks)
    if failed:
        return f"{counted(failed, 'check')} FAILED (exit 1).", Style.WARNING
    if warned:
        return f"Ready, with {counted(warned, 'warning')}.", Style.GOOD
    return "Ready.", Style.GOOD


def checks_json(checks: Sequence[Check], *, tenant: str) -> str:
    """The self-test as indented JSON with a trailing newline."""
    told = {
        "format_version": CHECK_VERSION,
        "tenant": tenant,
        "ready": all(one.verdict is not Verdict.FAILED for one in checks),
        "checks": [
            {
                "name": one.name,
                "verdict": one.verdict.value,
                "detail": one.detail,
                "remedy": one.remedy,
            }
            for one in checks
        ],
    }
    return json.dumps(told, ensure_ascii=True, indent=2) + "\n"
