"""A config file as one frozen value, or every problem in it at once, with file and line."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from syncer.config.checks import text_findings, whole_findings
from syncer.config.checks_secrets import holds_secret
from syncer.config.document import Document, read_document
from syncer.config.finding import Finding, Plain, shown
from syncer.config.keys import stray_finding, stray_keys
from syncer.config.wording import finding
from syncer.core.locations import Location, spelled
from syncer.model.errors import UsageError
from syncer.model.origin import Origin, Problem
from syncer.model.policy.config import OF_NO_PLAN, Config


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A config and the file it came from.

    `digest` names what the config says: comments, order of keys and defaults that are written
    out do not change it, nor does who is to hear of a run.
    """

    config: Config
    path: Path
    digest: str
    _document: Document = field(repr=False, compare=False)

    def where(self, *location: str | int) -> Origin:
        """The place of a key, by its path: `where("scope", 0, "exclude")`.

        The nearest section that is there answers for a key that is not.
        """
        return self._document.where(*location)

    def resolve(self, relative: str) -> Path:
        """A path of the config, which is relative to the folder of its file."""
        return self.path.parent / relative


def load_config(path: Path) -> LoadedConfig:
    """Read and check the config at `path`; touches no other file, and no secret.

    Raises UsageError with every problem, ordered by line.
    """
    document = read_document(path)
    config, findings = _parsed(document.data())
    # What the types make of a line whose YAML is at fault would only lead astray.
    faulty = {problem.origin for problem in document.problems}
    told = [_problem(found, document) for found in findings]
    problems = list(
        dict.fromkeys([*document.problems, *(one for one in told if one.origin not in faulty)])
    )
    if config is None or problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise UsageError(
            f"{path} cannot be used: {count}", problems=tuple(sorted(problems, key=_line))
        )
    return LoadedConfig(config, path, config_digest(config), document)


def config_digest(config: Config) -> str:
    """The name of what a config says of plans: `sha256:` and 64 hexadecimal digits."""
    meaning = config.model_dump(mode="json", by_alias=True, exclude=set(OF_NO_PLAN))
    canonical = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _parsed(data: dict[str, Plain]) -> tuple[Config | None, list[Finding]]:
    strays = list(stray_keys(data))
    findings = [stray_finding(location, section) for location, section in strays]
    for location, _ in strays:
        _remove(data, location)
    findings += text_findings(data)
    findings += _version(data)
    try:
        # The one number that is no text in the model; it was judged a line ago.
        config = Config.model_validate({**data, "version": 1})
    except ValidationError as error:
        findings += _refusals(error, data)
        return None, findings
    findings += whole_findings(config)
    return config, findings


def _version(data: dict[str, Plain]) -> Iterator[Finding]:
    if "version" not in data:
        summary = "key 'version' is missing"
        yield Finding(("version",), summary, "write version: 1 at the top", names_key=True)
    elif data["version"] != "1":
        given = shown(data["version"])
        yield Finding(("version",), f"this syncer reads version 1, not {given}")


def _refusals(error: ValidationError, data: dict[str, Plain]) -> Iterator[Finding]:
    for detail in error.errors(include_url=False):
        of_a_secret = holds_secret(detail["loc"])
        # A list with entries, all of them refused already, is not empty.
        misjudged = detail["type"] == "too_short" and bool(detail["input"])
        if not of_a_secret and not misjudged:
            yield finding(detail, data)


def _remove(data: Plain, location: Location) -> None:
    here = data
    for part in location[:-1]:
        if isinstance(here, dict):
            here = here[str(part)]
        elif isinstance(here, list) and isinstance(part, int):
            here = here[part]
    if isinstance(here, dict):
        del here[str(location[-1])]


def _problem(found: Finding, document: Document) -> Problem:
    """The finding with file and line; its path stands in front unless the summary has it."""
    summary = found.summary
    if found.earlier:
        summary += f" (the other at {document.where(*found.earlier)})"
    column = "" if found.names_key else spelled(found.location)
    return Problem(document.where(*found.location), summary, found.hint, column=column)


def _line(problem: Problem) -> tuple[int, str]:
    line = problem.origin.line if problem.origin else None
    return line or 0, problem.column
