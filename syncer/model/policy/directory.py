"""Where people and groups are read from, and when a reading is too doubtful to use."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from syncer.model.policy.base import Section

Path = Annotated[str, Field(min_length=1)]


class CsvSource(Section):
    """People or groups in a CSV file. A `path` may be a glob."""

    format: Literal["csv"]
    path: Path
    encoding: str = "auto"
    delimiter: str = "auto"
    columns: Mapping[str, str] = Field(default_factory=dict)
    multi_value: Annotated[str, Field(min_length=1)] = ";"


class YamlSource(Section):
    """People or groups in YAML files."""

    format: Literal["yaml"]
    path: Path


class LdifSource(Section):
    """People or groups in an LDIF export (RFC 2849). `select` is an RFC 4515 filter."""

    format: Literal["ldif"]
    path: Path
    select: str | None = None
    encoding: str = "auto"


Source = Annotated[CsvSource | YamlSource | LdifSource, Field(discriminator="format")]


class Expectation(Section):
    """What a plausible reading looks like; a reading below it stops the run."""

    min_people: Annotated[int, Field(ge=1)] = 1
    max_age_hours: Annotated[float, Field(gt=0)] | None = None
    max_shrink_percent: Annotated[float, Field(ge=0, le=100)] | None = 20.0


class DirectoryPolicy(Section):
    """The `directory:` section."""

    people: Annotated[tuple[Source, ...], Field(min_length=1)]
    groups: tuple[Source, ...] = ()
    key: str | None = None
    on_problem: Literal["unknown", "stop"] = "unknown"
    active: str | None = None
    expect: Expectation = Expectation()
