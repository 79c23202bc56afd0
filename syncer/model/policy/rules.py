"""Scope, mapping, licences and teams: who should be in Asana, and how."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from syncer.model.policy.base import Section
from syncer.model.state import TeamMode

Expression = Annotated[str, Field(min_length=1)]
License = Literal["enterprise", "view only"]


class ScopeRule(Section):
    """One rule of `scope:`; the first that matches decides. Exactly one of the two."""

    include: Expression | None = None
    exclude: Expression | None = None
    because: str = ""

    @model_validator(mode="after")
    def _one_verdict(self) -> Self:
        if (self.include is None) == (self.exclude is None):
            raise ValueError("exactly one of 'include' and 'exclude' is needed")
        return self


class MappingRule(Section):
    """Where one Asana attribute comes from. A bare text is short for `from`.

    `from` names a directory attribute or, with `{{`, is a template.
    """

    source: Annotated[str, Field(min_length=1)] | None = Field(default=None, alias="from")
    constant: str | None = None
    default: str | None = None
    clear: bool = False
    on: Literal["always", "create"] = "always"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:  # pydantic hands over raw input
        return {"from": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.source is None) == (self.constant is None):
            raise ValueError("exactly one of 'from' and 'constant' is needed")
        return self


class MappingPolicy(Section):
    """The `mapping:` section: only what is named here is managed."""

    user_name: MappingRule = Field(default=MappingRule.model_validate("mail"), alias="userName")
    name_formatted: MappingRule | None = Field(default=None, alias="name.formatted")
    title: MappingRule | None = None
    preferred_language: MappingRule | None = Field(default=None, alias="preferredLanguage")
    department: MappingRule | None = None
    manager: MappingRule | None = None
    employee_number: MappingRule | None = Field(default=None, alias="employeeNumber")
    cost_center: MappingRule | None = Field(default=None, alias="costCenter")
    organization: MappingRule | None = None
    division: MappingRule | None = None
    country: MappingRule | None = None
    region: MappingRule | None = None
    locality: MappingRule | None = None
    phone: MappingRule | None = None
    licensing_division_id: MappingRule | None = Field(default=None, alias="licensingDivisionId")
    roles: MappingRule | None = None

    def rules(self) -> Mapping[str, MappingRule]:
        """The rules that are set, by Asana attribute name, in the order of `ATTRIBUTES`."""
        fields = type(self).model_fields
        named = ((field.alias or name, getattr(self, name)) for name, field in fields.items())
        return {name: rule for name, rule in named if rule is not None}


class LicenseRule(Section):
    """One rule of `licenses:`; the first that matches decides."""

    license: License
    when: Expression


class LicensePolicy(Section):
    """The `licenses:` section."""

    default: License | None = "view only"
    rules: tuple[LicenseRule, ...] = ()
    seats: Mapping[License, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    when_full: Literal["hold", "view only"] = "hold"
    downgrade: bool = True


class TeamRule(Section):
    """One team, or one team per matching directory group."""

    name: Annotated[str, Field(min_length=1)]
    for_each_group: Annotated[str, Field(min_length=1)] | None = None
    groups: tuple[str, ...] = ()
    when: Expression | None = None
    members: tuple[str, ...] = ()
    mode: TeamMode = TeamMode.EXACT
    previously: tuple[str, ...] = ()
    create: bool = True

    @model_validator(mode="after")
    def _has_members(self) -> Self:
        listed = bool(self.groups or self.when or self.members)
        if self.for_each_group is None and not listed:
            raise ValueError("one of 'groups', 'when' and 'members' is needed")
        if self.for_each_group is not None and listed:
            raise ValueError("'for_each_group' takes its members from the group alone")
        return self
