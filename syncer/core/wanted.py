"""Which attributes of the directory anything may look at, so that readers can drop the rest."""

from syncer.core.directory.activity import INDICATORS
from syncer.core.directory.group_membership import MEMBER_OF, OWN_GROUPS
from syncer.core.directory.references import (
    ACCOUNT_ATTRIBUTES,
    ADDRESS_ATTRIBUTES,
    DN_ATTRIBUTES,
    NAME_ATTRIBUTES,
    PREVIOUS_ATTRIBUTES,
)
from syncer.core.directory.rules import compile_rules
from syncer.model.origin import Origin
from syncer.model.policy.config import Config


def wanted_attributes(config: Config) -> frozenset[str]:
    """Every directory attribute, by key, that a rule or the finding of references looks at."""
    rules, _ = compile_rules(config, lambda *_: Origin(""))
    named = frozenset(name for use in rules.uses for name in use.names)
    found = {
        *DN_ATTRIBUTES,
        *NAME_ATTRIBUTES,
        *ACCOUNT_ATTRIBUTES,
        *ADDRESS_ATTRIBUTES,
        *PREVIOUS_ATTRIBUTES,
    }
    groups = {*MEMBER_OF, OWN_GROUPS} if rules.uses_groups else set()
    activity = INDICATORS if rules.active is None else frozenset()
    return named | found | groups | activity
