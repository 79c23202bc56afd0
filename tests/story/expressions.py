"""The expressions of GitHub's workflow files, as far as ours use them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_SPLAT = re.compile(r"([\w.]+)\.\*\.(\w+)")
STATUS = ("always()", "cancelled()", "failure()", "success()")


class Known:
    """A context: what is not in it is empty, as at GitHub."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        value = self._values.get(name, {})
        return Known(value) if isinstance(value, dict) else value

    def __str__(self) -> str:
        return ""


def evaluate(text: str, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> Any:
    """The value of an expression, without its brackets."""
    python = _SPLAT.sub(r"splat(\1, '\2')", text.strip())
    for ours, theirs in (("&&", " and "), ("||", " or ")):
        python = python.replace(ours, theirs)
    python = re.sub(r"!(?!=)", " not ", python).strip()
    functions: dict[str, Callable[..., Any]] = {
        "format": lambda text, *values: text.format(*values),
        "toJSON": lambda value: json.dumps(value, indent=2),
        "splat": lambda entries, key: [entry[key] for entry in entries or []],
        "always": lambda: True,
        "cancelled": lambda: status["cancelled"],
        "failure": lambda: status["failure"],
        "success": lambda: not status["failure"] and not status["cancelled"],
    }
    known = {name: Known(values) for name, values in contexts.items()}
    scope = {"__builtins__": {}, **functions, **known}
    return eval(python, scope)  # noqa: S307 - of files of this repository


def filled(text: str, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> str:
    """The text with its expressions replaced by their values."""
    return _HOLE.sub(lambda hole: str(evaluate(hole[1], contexts, status)), text)


def holds(condition: str | None, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> bool:
    """Whether a step or job goes; without a function of the status only after success."""
    text = "success()" if condition is None else condition
    if found := _HOLE.fullmatch(text.strip()):
        text = found[1]
    if not any(function in text for function in STATUS):
        text = f"success() && ({text})"
    return bool(evaluate(text, contexts, status))
