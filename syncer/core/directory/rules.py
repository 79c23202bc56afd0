"""The rules of a config, compiled: expressions, templates and patterns, each with its place.

Nothing here looks at data. A rule that does not compile is a problem and left out, so that
all problems show at once; nobody may go on with rules that have problems.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from syncer.core.language.expressions import (
    FALSE_WORDS,
    ConstantText,
    Expression,
    ExpressionError,
    TextSource,
    group_key,
    is_template,
    text_source,
)
from syncer.core.language.filters import NO_WORDS
from syncer.core.language.patterns import compile_pattern
from syncer.core.language.sandboxed import GROUPS
from syncer.core.locations import Location, spelled
from syncer.core.names import attribute_key, team_key
from syncer.model.origin import Origin, Problem
from syncer.model.policy.config import Config
from syncer.model.policy.rules import MappingRule, TeamRule
from syncer.model.state import USER_NAME

Where = Callable[..., Origin]


@dataclass(frozen=True, slots=True)
class ScopeTest:
    """One rule of the scope. `because` is what the administrator says of it."""

    condition: Expression
    include: bool
    because: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Where one Asana attribute comes from. `column` names the source in messages."""

    attribute: str
    source: TextSource
    policy: MappingRule
    column: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class LicenseTest:
    """One rule of the licences."""

    condition: Expression
    license: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class TeamSource:
    """One rule of the teams. `pattern` is set for a rule over groups; `name` and `previously`
    are then worked out for each group."""

    number: int
    policy: TeamRule
    origin: Origin
    name: TextSource
    previously: tuple[TextSource, ...] = ()
    when: Expression | None = None
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the config that names directory attributes, for checking against the data.

    `picks` says that it decides who is looked at, or by which address.
    """

    place: str
    origin: Origin
    names: Mapping[str, str]
    groups_asked: tuple[str, ...] = ()
    only_asks: bool = True
    team: bool = False
    picks: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule of a config, ready to be asked.

    `picks_known` says that no rule which decides who is looked at had to be left out.
    """

    scope: tuple[ScopeTest, ...]
    active: Expression | None
    user_name: AttributeRule
    attributes: tuple[AttributeRule, ...]
    licenses: tuple[LicenseTest, ...]
    teams: tuple[TeamSource, ...]
    uses: tuple[Use, ...]
    picks_known: bool = True

    @property
    def uses_groups(self) -> bool:
        """Whether any rule asks for directory groups."""
        by_team = any(team.policy.groups or team.pattern for team in self.teams)
        return by_team or any(GROUPS in use.names for use in self.uses)

    @property
    def groups_asked(self) -> frozenset[str] | None:
        """The keys of groups that rules ask for by name, None when a rule needs them all."""
        if not all(use.only_asks for use in self.uses):
            return None
        asked = (name for use in self.uses for name in use.groups_asked)
        return frozenset(key for name in asked for key in (team_key(name), group_key(name)))


def compile_rules(config: Config, where: Where) -> tuple[Rules, tuple[Problem, ...]]:
    """The compiled rules, and every problem found in compiling them."""
    workshop = _Workshop(where)
    scope = tuple(_scope_tests(config, workshop))
    active = None
    if config.directory.active is not None:
        # "not disabled" must hold of "0" and of "no" as well.
        active = workshop.expression(
            config.directory.active, "directory", "active", false_words=NO_WORDS
        )
    if config.directory.key is not None:
        key = config.directory.key
        # Where there is one source only, people need no key to be told apart.
        several = len(config.directory.people) > 1
        workshop.use("directory", "key", names={attribute_key(key): key}, picks=several)
    attributes = tuple(_attribute_rules(config, workshop))
    user_names = [rule for rule in attributes if rule.attribute == USER_NAME]
    rules = Rules(
        scope=scope,
        active=active,
        user_name=user_names[0] if user_names else _no_user_name(config, where),
        attributes=tuple(rule for rule in attributes if rule.attribute != USER_NAME),
        licenses=tuple(_license_tests(config, workshop)),
        teams=tuple(_team_sources(config, workshop)),
        uses=tuple(workshop.uses),
        picks_known=workshop.picks_known,
    )
    return rules, tuple(workshop.problems)


def _picks(location: Location) -> bool:
    """Whether this place decides who is looked at, or by which address."""
    return location[0] in {"scope", "directory"} or location == ("mapping", USER_NAME)


class _Workshop:
    """Compiles, and gathers problems and uses while doing so."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.problems: list[Problem] = []
        self.uses: list[Use] = []
        self.picks_known = True

    def report(self, location: Location, summary: str, hint: str = "") -> None:
        """Note a problem at this place."""
        self.picks_known = self.picks_known and not _picks(location)
        self.problems.append(
            Problem(self.where(*location), f"{spelled(location)}: {summary}", hint)
        )

    def use(
        self,
        *location: str | int,
        names: Mapping[str, str],
        groups_asked: tuple[str, ...] = (),
        only_asks: bool = True,
        picks: bool | None = None,
    ) -> None:
        """Note that this place names attributes."""
        self.uses.append(
            Use(
                spelled(location),
                self.where(*location),
                names,
                groups_asked,
                only_asks,
                team=location[0] == "teams",
                picks=_picks(location) if picks is None else picks,
            )
        )

    def _use_all(self, location: Location, made: Expression | TextSource) -> None:
        self.use(
            *location,
            names=made.names,
            groups_asked=made.groups_asked,
            only_asks=made.only_asks,
        )

    def expression(
        self, source: str, *location: str | int, false_words: frozenset[str] = FALSE_WORDS
    ) -> Expression | None:
        """The compiled expression, None when it has a problem."""
        try:
            made = Expression(source, false_words)
        except ExpressionError as error:
            self.report(location, str(error), error.hint)
            return None
        self._use_all(location, made)
        return made

    def text(self, source: str, *location: str | int) -> TextSource | None:
        """The compiled source of a text, None when it has a problem."""
        try:
            made = text_source(source)
        except ExpressionError as error:
            self.report(location, str(error), error.hint)
            return None
        self._use_all(location, made)
        return made


def _scope_tests(config: Config, workshop: _Workshop) -> Iterator[ScopeTest]:
    for number, rule in enumerate(config.scope):
        include = rule.include is not None
        source = rule.include if rule.include is not None else rule.exclude or ""
        location = ("scope", number, "include" if include else "exclude")
        condition = workshop.expression(source, *location)
        if condition is not None:
            yield ScopeTest(condition, include, rule.because, workshop.where(*location))


def _attribute_rules(config: Config, workshop: _Workshop) -> Iterator[AttributeRule]:
    for attribute, rule in config.mapping.rules().items():
        origin = workshop.where("mapping", attribute)
        if rule.source is None:
            source: TextSource | None = ConstantText(rule.constant or "")
            if attribute == USER_NAME:
                hint = "name the attribute that holds the address: `userName: mail`"
                workshop.report(
                    ("mapping", attribute), "a constant would be everybody's address", hint
                )
        else:
            source = workshop.text(rule.source, "mapping", attribute)
        if source is None:
            continue
        if attribute == USER_NAME and GROUPS in source.names:
            workshop.report(("mapping", attribute), "an address cannot be made from groups")
        column = ", ".join(source.names.values()) or attribute
        yield AttributeRule(attribute, source, rule, column, origin)


def _license_tests(config: Config, workshop: _Workshop) -> Iterator[LicenseTest]:
    rules = config.licenses.rules if config.licenses is not None else ()
    for number, rule in enumerate(rules):
        location = ("licenses", "rules", number, "when")
        condition = workshop.expression(rule.when, *location)
        if condition is not None:
            yield LicenseTest(condition, rule.license, workshop.where(*location))


def _team_sources(config: Config, workshop: _Workshop) -> Iterator[TeamSource]:
    for number, rule in enumerate(config.teams or ()):
        if rule.for_each_group is not None:
            made = _over_groups(number, rule, workshop)
            if made is not None:
                yield made
            continue
        for name in (rule.name, *rule.previously):
            if is_template(name):
                hint = "a template makes sense with for_each_group only"
                workshop.report(("teams", number, "name"), f"{name!r} is a template", hint)
        when = None
        if rule.when is not None:
            when = workshop.expression(rule.when, "teams", number, "when")
        yield TeamSource(
            number,
            rule,
            workshop.where("teams", number),
            name=ConstantText(rule.name),
            previously=tuple(map(ConstantText, rule.previously)),
            when=when,
        )


def _over_groups(number: int, rule: TeamRule, workshop: _Workshop) -> TeamSource | None:
    """A rule that makes one team per group; None when it has a problem."""
    try:
        pattern = compile_pattern(rule.for_each_group or "", ignore_case=True)
    except ValueError as error:
        workshop.report(("teams", number, "for_each_group"), str(error))
        return None
    known = {attribute_key(group): group for group in pattern.groupindex} | {"group": "group"}
    name = _group_text(rule.name, ("teams", number, "name"), known, workshop)
    texts = [
        _group_text(text, ("teams", number, "previously", at), known, workshop)
        for at, text in enumerate(rule.previously)
    ]
    previously = tuple(text for text in texts if text is not None)
    if any(isinstance(text, ConstantText) for text in previously):
        hint = "make it a template over the same names, for example 'Team {{ name }}'"
        summary = "one old name cannot belong to the teams of many groups"
        workshop.report(("teams", number, "previously"), summary, hint)
    if name is None or len(previously) < len(texts):
        return None
    origin = workshop.where("teams", number)
    return TeamSource(number, rule, origin, name=name, previously=previously, pattern=pattern)


def _group_text(
    text: str,
    location: Location,
    known: Mapping[str, str],
    workshop: _Workshop,
) -> TextSource | None:
    """A text over the named groups of a pattern; None when it has a problem."""
    try:
        source = text_source(text) if is_template(text) else ConstantText(text)
    except ExpressionError as error:
        workshop.report(location, str(error), error.hint)
        return None
    unknown = [spelling for key, spelling in source.names.items() if key not in known]
    if unknown:
        hint = f"for_each_group gives: {', '.join(sorted(known.values()))}"
        workshop.report(location, f"unknown name '{unknown[0]}' in {text!r}", hint)
        return None
    return source


def _no_user_name(config: Config, where: Where) -> AttributeRule:
    """What stands in for a userName that did not compile; its problem is reported already."""
    rule = config.mapping.user_name
    return AttributeRule(USER_NAME, ConstantText(""), rule, USER_NAME, where("mapping", USER_NAME))


def doubled_teams(rules: Rules) -> Iterator[Problem]:
    """A problem for each pair of rules that speak of one team."""
    first: dict[str, TeamSource] = {}
    for team in rules.teams:
        if team.pattern is not None:
            continue
        earlier = first.setdefault(team_key(team.policy.name), team)
        if earlier is not team:
            yield Problem(
                team.origin,
                f"teams[{team.number}]: two rules for one team: '{earlier.policy.name}' stands "
                f"at {earlier.origin} already",
                "merge the two rules; one team may have groups, when and members at once",
            )
    for team in rules.teams:
        for previous in team.policy.previously:
            other = first.get(team_key(previous))
            if other is not None:
                yield Problem(
                    team.origin,
                    f"teams[{team.number}]: previously '{previous}' is the name of another "
                    f"team, at {other.origin}",
                    "a team is renamed or kept, not both; remove one of the two",
                )
