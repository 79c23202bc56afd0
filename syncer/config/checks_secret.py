"""What must hold where a config names a secret. Repeats nothing of the secret."""

import re
from collections.abc import Iterator
from typing import Final

from syncer.config.finding import Finding, Plain
from syncer.core.locations import Location

_ENVIRONMENT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def secret_findings(secret: Plain, at: Location, noun: str) -> Iterator[Finding]:
    """The one judge of a secret: the model's own words would repeat what was written."""
    how = f"write {{env: NAME}} or {{file: PATH}}; the {noun} itself never stands in the config"
    if not isinstance(secret, dict):
        summary = "a secret must not stand in the config"
        if secret is None:
            summary = "must not be empty"
        elif "${" in secret:
            summary = "${...} is not replaced by anything in a config"
        yield Finding(at, summary, how)
        return
    if len(secret) != 1 or not secret.keys() <= {"env", "file"}:
        yield Finding(at, "must name exactly one of env and file", how)
        return
    (kind, name), *_ = secret.items()
    if not isinstance(name, str) or not name:
        yield Finding((*at, kind), "must be a text that is not empty", how)
    elif kind == "env" and not _ENVIRONMENT_NAME.fullmatch(name):
        summary = "is not the name of an environment variable"
        yield Finding((*at, kind), summary, how)
