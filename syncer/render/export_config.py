"""The config of an export: it manages what the files beside it say, and plans nothing."""

from collections.abc import Iterator
from typing import Final

from syncer.core.exporting.export import LICENSE, Export
from syncer.core.names import team_key
from syncer.model.policy.apply import ApplyPolicy
from syncer.model.policy.asana import AsanaPolicy
from syncer.model.policy.base import Section
from syncer.model.policy.config import Config
from syncer.model.policy.limits import (
    GUARD_DEFAULTS,
    Approval,
    Grace,
    GuardPolicy,
    LifecyclePolicy,
)
from syncer.model.policy.rules import LicensePolicy
from syncer.model.policy.secrets import EnvironmentSecret, FileSecret
from syncer.model.state import ENTERPRISE, USER_NAME, VIEW_ONLY, TeamMode
from syncer.render.config_lines import (
    Given,
    guard_lines,
    last_lines,
    license_lines,
    lifecycle_lines,
    protected_lines,
    share_lines,
)
from syncer.render.export_people import directory_name, people_text, team_text
from syncer.render.file_names import file_stem
from syncer.render.yaml_text import flow, in_quotes, prose, quoted

CONFIG: Final = "syncer.yaml"
PEOPLE: Final = "people.yaml"
TEAMS: Final = "teams"

_SHARE: Final = (
    "workspace",
    "requests_per_minute",
    "share",
    "timeout_seconds",
    "ca_bundle",
    "member_removal",
)
_HEAD: Final = """\
# Asana as it was when `syncer export` wrote this: `syncer plan` finds nothing to do.
#
# - Take away what you do not want managed: an attribute from the mapping, a team from `teams`,
#   a person from people.yaml. The plan stays empty.
# - Then put your own directory in the place of people.yaml, and read what `syncer plan` says.
#
# A line such as `#share: ...` shows a default, or what else there is: take away its # to use it.
# Paths are relative to this file. Once you have edited it, `syncer export` does not overwrite it.
version: 1
"""
_KNOWN: Final = (
    "# authority: known lets alone whoever was never in the directory, so that you can take",
    "# people away from people.yaml. From the first `apply` on, whoever goes from it is a leaver.",
)


def export_files(export: Export, config: Config, asana: AsanaPolicy) -> dict[str, str]:
    """All files by name, without their seals; the arguments are those of `config_text`."""
    teams = {f"{TEAMS}/{file_stem(team.key)}.yaml": team_text(team) for team in export.teams}
    return {
        CONFIG: config_text(export, config, asana),
        PEOPLE: people_text(export),
        **dict(sorted(teams.items())),
    }


def config_text(export: Export, config: Config, asana: AsanaPolicy) -> str:
    """The config file, without its seal. It loads as it stands.

    `config` is the one in use, of which goes over what does not depend on its directory; `asana`
    is its section with paths as they must be here.
    """
    sections = (
        (_HEAD, *_asana(asana)),
        _directory(export),
        _mapping(export),
        _licenses(export, config.licenses),
        _teams(export),
        lifecycle_lines(_lifecycle(config.lifecycle), *_KNOWN),
        protected_lines(_protected(config), *_protected_users(export, config)),
        (*guard_lines(_guards(config)), *last_lines(_last(config))),
    )
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _asana(asana: AsanaPolicy) -> Iterator[str]:
    yield "asana:"
    if asana.sandbox is not None:
        yield f"  sandbox: {quoted(asana.sandbox)}"
    else:
        yield f"  base_url: {in_quotes(asana.base_url or '')}"
    match asana.token:
        case EnvironmentSecret(env=name):
            token = f"{{env: {quoted(name)}}}"
        case FileSecret(file=path):
            token = f"{{file: {quoted(path)}}}"
    yield "  # The token of a service account never stands here, only where it is kept."
    yield f"  token: {token}"
    yield from prose("Your e-mail domains. Without them nobody is ever found to have left.")
    yield f"  domains: {flow(asana.domains)}"
    yield from share_lines(_changed(asana, AsanaPolicy(sandbox="-"), *_SHARE))


def _changed(section: Section, default: Section, *names: str) -> Given:
    """Those of the keys that differ from the default."""
    return {
        name: flow(getattr(section, name))
        for name in names
        if getattr(section, name) != getattr(default, name)
    }


def _directory(export: Export) -> Iterator[str]:
    yield "directory:"
    yield "  people:"
    yield f"    - {{format: yaml, path: {PEOPLE}}}"
    if export.teams:
        yield "  groups:"
        yield f'    - {{format: yaml, path: "{TEAMS}/*.yaml"}}'
    yield from prose("What never changes for a person, so that a new address is a rename.")
    if export.keyless:
        yield from prose(f"Not employeeNumber: {export.keyless}.")
    yield "  key: employeeNumber" if export.keyed else "#  key: employeeNumber"


def _mapping(export: Export) -> Iterator[str]:
    yield "# Asana attribute: where it comes from. Only what is named here is managed."
    yield "mapping:"
    for attribute in (USER_NAME, *export.attributes):
        yield f"  {attribute}: {directory_name(attribute)}"


def _licenses(export: Export, policy: LicensePolicy | None) -> Iterator[str]:
    if not export.licensed:
        return license_lines({}, ())
    names = ("default", "seats", "when_full", "downgrade")
    given = {} if policy is None else _changed(policy, LicensePolicy(), *names)
    return license_lines(given, tuple(map(_license_rule, (ENTERPRISE, VIEW_ONLY))))


def _license_rule(name: str) -> str:
    condition = f"{LICENSE} == '{name}'"
    return f"{{license: {name}, when: {in_quotes(condition)}}}"


def _teams(export: Export) -> Iterator[str]:
    yield "# Teams. A team that is not named here is never touched."
    for left in export.left_teams:
        yield from prose(f"Not here: {in_quotes(left.name)} (id {left.scim_id}): {left.why}.")
    if export.teams:
        yield "teams:"
    for team in export.teams:
        name = in_quotes(team.name)
        mode = "" if team.mode is TeamMode.EXACT else f", mode: {team.mode}"
        yield f"  - {{name: {name}, groups: [{name}]{mode}}}"


def _lifecycle(policy: LifecyclePolicy) -> Given:
    names = ("leavers", "reactivate", "address_cycles")
    given = dict(_changed(policy, LifecyclePolicy(), *names))
    if policy.grace != Grace():
        given["grace"] = flow(policy.grace.model_dump())
    return {**given, "authority": "known"}


def _protected(config: Config) -> Given:
    given = {}
    if config.protected.teams:
        given["teams"] = flow(config.protected.teams)
    if not config.protected.administrators:
        given["administrators"] = "false"
    return given


def _protected_users(export: Export, config: Config) -> Iterator[str]:
    """The patterns in use, and everybody whom the files cannot have and who must not look like
    a leaver for that."""
    spared = {team_key(gone.pattern): gone for gone in export.left_people if gone.pattern}
    carried = {team_key(pattern): pattern for pattern in config.protected.users}
    for key, pattern in carried.items():
        if key not in spared:
            yield f"    - {in_quotes(pattern)}"
    if spared:
        yield from prose(f"Not in {PEOPLE}, and not to be taken for leavers:", indent=4)
    for gone in spared.values():
        yield f"    - {in_quotes(gone.pattern)}  # {gone.why}"


def _guards(config: Config) -> Given:
    given: dict[str, str] = {}
    for name, limit in config.guards.limits().items():
        said = None if limit is None else limit.model_dump()
        if said != GUARD_DEFAULTS[name]:
            given[name] = flow(said)
    default = GuardPolicy.model_validate({})
    return {**given, **_changed(config.guards, default, "window_days", "on_violation")}


def _last(config: Config) -> Given:
    given = {}
    waiting = [name for name, waits in config.approval.model_dump().items() if waits]
    if config.approval != Approval():
        given["approval"] = flow(dict.fromkeys(waiting, True))
    if config.apply != ApplyPolicy():
        given["apply"] = flow(config.apply.model_dump())
    return given
