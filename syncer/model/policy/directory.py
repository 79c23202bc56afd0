"""Where people and groups are read from, and when a reading is too doubtful to use."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from syncer.model.policy.base import Section
from syncer.model.policy.secrets import Secret

Path = Annotated[
    str,
    Field(
        min_length=1,
        description="Path relative to the config file. A glob is allowed; no match is an error.",
        examples=["people.csv", "people/*.yaml"],
    ),
]
Encoding = Annotated[
    str,
    Field(
        min_length=1,
        description="auto finds a byte order mark, UTF-8 and UTF-16; else the name of the "
        "encoding.",
        examples=["auto", "cp1252"],
    ),
]


class CsvSource(Section):
    """People or groups in a CSV file. A `path` may be a glob."""

    format: Literal["csv"] = Field(description="A CSV file with a header.")
    path: Path
    encoding: Encoding = "auto"
    delimiter: str = Field(
        default="auto",
        description="One character, tab, or auto to find it from the header.",
        examples=["auto", ",", ";", "tab"],
    )
    columns: Mapping[str, str] = Field(
        default_factory=dict,
        description="Columns to rename on reading, as attribute: header. Headers also work as "
        "they are; case and blanks do not count.",
        examples=[{"group": "team_name", "member": "member_email"}],
    )
    multi_value: str = Field(
        default=";",
        min_length=1,
        description="What splits a cell into values where a list is expected.",
    )


class YamlSource(Section):
    """People or groups in YAML files."""

    format: Literal["yaml"] = Field(description="YAML files with people and groups.")
    path: Path


class LdifSource(Section):
    """People or groups in an LDIF export (RFC 2849). `select` is an RFC 4515 filter."""

    format: Literal["ldif"] = Field(description="An LDIF export, as ldapsearch writes it.")
    path: Path
    select: str | None = Field(
        default=None,
        description="LDAP filter (RFC 4515) over the entries; the default takes what looks like "
        "a person or a group.",
        examples=["(&(objectClass=user)(!(objectClass=computer)))"],
    )
    encoding: Encoding = "auto"
    referrals: Literal["hold", "ignore"] = Field(
        default="hold",
        description="What to do where an export of people says that a part of the tree is on "
        "another server: hold holds all removals, for people may be there; ignore only says so.",
    )


class LdapSource(Section):
    """People or groups of a directory server, read over LDAP each time.

    Only what the config uses is asked for. The password never stands in the config.
    """

    format: Literal["ldap"] = Field(description="A directory server, read over LDAP.")
    url: str = Field(
        description="Address of the server: ldaps://HOST, or ldap://HOST with `start_tls`. "
        "Without TLS only a server on this machine is asked, or with `allow_plaintext`.",
        examples=["ldaps://dc1.example.com"],
    )
    base: str = Field(
        min_length=1,
        description="Distinguished name of the entry below which all is searched.",
        examples=["DC=example,DC=com"],
    )
    select: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="LDAP filter (RFC 4515) that the server evaluates; the default takes what "
        "looks like a person or a group.",
        examples=["(&(objectClass=user)(!(objectClass=computer)))"],
    )
    bind_dn: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Whom to log in as: a distinguished name, in Active Directory also "
        "name@domain. Without it the server is asked anonymously.",
        examples=["CN=syncer,OU=Services,DC=example,DC=com"],
    )
    password: Secret | None = Field(
        default=None,
        description="Where the password of `bind_dn` is kept: {env: NAME} or {file: PATH}.",
    )
    allow_plaintext: bool = Field(
        default=False,
        description="Ask a server on another machine without TLS: whoever is on the way reads "
        "the password and all people, and can change what the server says.",
    )
    start_tls: bool = Field(
        default=False,
        description="Turn a plain connection (ldap://) into a TLS one before logging in.",
    )
    ca_bundle: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="File of certificate authorities to trust instead of the usual ones.",
    )
    page_size: int = Field(default=500, ge=1, le=10_000, description="Entries to ask for at once.")
    timeout_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="Seconds to wait for the server each time."
    )
    referrals: Literal["error", "ignore", "follow"] = Field(
        default="error",
        description="What to do where the server says that a part of the tree is elsewhere: "
        "error stops the run, ignore leaves that part out and says so, follow logs in there "
        "with the same password.",
    )


FileSource = CsvSource | YamlSource | LdifSource
"""The sources that are files."""

Source = Annotated[FileSource | LdapSource, Field(discriminator="format")]


class Expectation(Section):
    """What a plausible reading looks like; a reading below it stops the run."""

    min_people: int = Field(
        default=1, ge=1, description="Fewer people than this stop the run before any plan."
    )
    max_age_hours: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="A people file older than so many hours stops the run; null for any age.",
    )
    max_shrink_percent: Annotated[float, Field(ge=0, le=100)] | None = Field(
        default=20.0,
        description="A directory smaller by more than this share than at the last good run "
        "stops the run; null for any.",
    )


class DirectoryPolicy(Section):
    """The `directory:` section."""

    people: tuple[Source, ...] = Field(
        min_length=1,
        description="Where people are read from. Several sources are merged by key; an "
        "attribute's first value that is not empty wins, and conflicts are listed.",
    )
    groups: tuple[Source, ...] = Field(
        default=(),
        description="Where directory groups are read from, for licence and team rules.",
    )
    key: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Attribute that never changes for a person, so that a new address is a "
        "rename and not another person.",
        examples=["employeeNumber"],
    )
    on_problem: Literal["unknown", "stop"] = Field(
        default="unknown",
        description="What a doubtful record does: unknown leaves that person alone, stop ends "
        "the run.",
    )
    active: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Expression that says whether an account is active. The default knows "
        "userAccountControl and attributes named active, enabled, status and accountEnabled.",
        examples=["not disabled"],
    )
    expect: Expectation = Field(
        default=Expectation(),
        description="What a plausible reading looks like; anything less stops the run.",
    )
