"""Scope, mapping, licences and teams: who should be in Asana, and how."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from syncer.model.policy.base import Section
from syncer.model.state import TeamMode

Expression = Annotated[str, Field(min_length=1)]
"""A condition over a person's attributes and `groups`, in Jinja's syntax."""

License = Literal["enterprise", "view only"]


class ScopeRule(Section):
    """One rule of `scope:`; the first that matches decides. Exactly one of the two."""

    include: Expression | None = Field(
        default=None,
        description="Expression over a person's attributes and `groups`: whoever it matches is "
        "in scope.",
        examples=["'asana-users' in groups"],
    )
    exclude: Expression | None = Field(
        default=None,
        description="Expression: whoever it matches is out of scope, and a leaver when in Asana.",
        examples=["employeeType == 'contractor'"],
    )
    because: str = Field(default="", description="Why; shown with each person it decides.")

    @model_validator(mode="after")
    def _one_verdict(self) -> Self:
        if (self.include is None) == (self.exclude is None):
            raise ValueError("exactly one of 'include' and 'exclude' is needed")
        return self


class MappingRule(Section):
    """Where one Asana attribute comes from. A bare text is short for `from`.

    `from` names a directory attribute or, with `{{`, is a template.
    """

    source: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        alias="from",
        description="Directory attribute, or a template such as {{ givenName }} {{ sn }}.",
    )
    constant: str | None = Field(default=None, description="The same text for everybody.")
    default: str | None = Field(
        default=None, description="What to set where the directory has no value."
    )
    clear: bool = Field(
        default=False,
        description="Whether an empty directory value empties Asana's; else Asana's stays.",
    )
    on: Literal["always", "create"] = Field(
        default="always", description="create: set for new people, then left to Asana."
    )
    letter_case: Literal["ignore", "exact"] | None = Field(
        default=None,
        description="Whether a difference in letter case alone is a change. The default ignores "
        "it in userName, which means the same person either way, and heeds it in every other "
        "attribute: a corrected capital in a name or a title is a change that the directory asks "
        "for.",
    )

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

    user_name: MappingRule = Field(
        default=MappingRule.model_validate("mail"),
        alias="userName",
        description="The e-mail address that a person signs in to Asana with.",
    )
    name_formatted: MappingRule | None = Field(
        default=None, alias="name.formatted", description="Full name."
    )
    title: MappingRule | None = Field(default=None, description="Job title.")
    preferred_language: MappingRule | None = Field(
        default=None, alias="preferredLanguage", description="Language, as a tag such as en-GB."
    )
    department: MappingRule | None = Field(default=None, description="Department.")
    manager: MappingRule | None = Field(
        default=None,
        description="Another person: e-mail address, key or DN. Set in a second step.",
    )
    employee_number: MappingRule | None = Field(
        default=None, alias="employeeNumber", description="Employee number."
    )
    cost_center: MappingRule | None = Field(
        default=None, alias="costCenter", description="Cost center."
    )
    organization: MappingRule | None = Field(
        default=None, description="Organization or company, as a text of the profile."
    )
    division: MappingRule | None = Field(
        default=None, description="Division, as a text of the profile."
    )
    country: MappingRule | None = Field(default=None, description="Country of the work address.")
    region: MappingRule | None = Field(
        default=None, description="Region or state of the work address."
    )
    locality: MappingRule | None = Field(default=None, description="City of the work address.")
    phone: MappingRule | None = Field(default=None, description="Work phone.")
    licensing_division_id: MappingRule | None = Field(
        default=None,
        alias="licensingDivisionId",
        description="Id of the Asana division that a new user joins.",
    )
    roles: MappingRule | None = Field(
        default=None, description="Id of the user's Asana role (Enterprise+)."
    )

    def rules(self) -> Mapping[str, MappingRule]:
        """The rules that are set, by Asana attribute name, in the order of `ATTRIBUTES`."""
        fields = type(self).model_fields
        named = ((field.alias or name, getattr(self, name)) for name, field in fields.items())
        return {name: rule for name, rule in named if rule is not None}


class LicenseRule(Section):
    """One rule of `licenses:`; the first that matches decides."""

    license: License = Field(description="The licence to assign.")
    when: Expression = Field(
        description="Expression over a person's attributes and `groups`.",
        examples=["'asana-editors' in groups"],
    )


class LicensePolicy(Section):
    """The `licenses:` section."""

    default: License | None = Field(
        default="view only", description="Licence of new people no rule speaks of."
    )
    rules: tuple[LicenseRule, ...] = Field(
        default=(), description="The first rule that matches decides."
    )
    seats: Mapping[License, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="How many seats of a licence may be used at most."
    )
    when_full: Literal["hold", "view only"] = Field(
        default="hold",
        description="What becomes of people for whom no seat is left: they wait, or view only.",
    )
    downgrade: bool = Field(
        default=True, description="Whether a licence is also taken away by the rules."
    )


class TeamRule(Section):
    """One team, or one team per matching directory group."""

    name: str = Field(
        min_length=1,
        description="Name of the team; a template over the named parts of `for_each_group`.",
    )
    for_each_group: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Regular expression: one team for each directory group whose name matches.",
        examples=["asana-team-(?P<name>.+)"],
    )
    groups: tuple[str, ...] = Field(
        default=(), description="Directory groups whose members belong to the team."
    )
    when: Expression | None = Field(
        default=None,
        description="Expression: whoever it matches belongs to the team.",
        examples=["department == 'Engineering'"],
    )
    members: tuple[str, ...] = Field(
        default=(), description="Addresses that belong to the team as well."
    )
    mode: TeamMode = Field(
        default=TeamMode.EXACT,
        description="exact adds and removes, add_only never removes, report changes nothing.",
    )
    previously: tuple[str, ...] = Field(
        default=(), description="Old names of the team: a rename, not a new team."
    )
    create: bool = Field(
        default=True, description="Whether an absent team is created; else it is a problem."
    )
    letter_case: Literal["ignore", "exact"] = Field(
        default="ignore",
        description="exact renames a team whose name in Asana differs in letter case alone.",
    )

    @model_validator(mode="after")
    def _has_members(self) -> Self:
        listed = bool(self.groups or self.when or self.members)
        if self.for_each_group is None and not listed:
            raise ValueError("one of 'groups', 'when' and 'members' is needed")
        if self.for_each_group is not None and listed:
            raise ValueError("'for_each_group' takes its members from the group alone")
        return self
