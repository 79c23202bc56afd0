"""Who may be changed by this plan, after identity, protection and lifecycle had their say."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncer.core.names import covering, folded
from syncer.core.planning.matching import Matching, Pair
from syncer.model.actions import ReactivateUser
from syncer.model.plan import ManualWork
from syncer.model.policy.config import Config
from syncer.model.state import CurrentState, CurrentUser, DesiredUser, UserKey


@dataclass(frozen=True, slots=True)
class Population:
    """The people of a plan.

    `pairs` are ours to change; those whose user this plan reactivates are among them, and
    `awaited` gives the ref of that reactivation by desired key. `joiners` have nobody in
    Asana. `protected` are SCIM ids; `protected_pairs` and `protected_absent` are people whom the
    directory asks for and protection keeps as they are.
    """

    pairs: Mapping[UserKey, Pair]
    joiners: Mapping[UserKey, DesiredUser]
    awaited: Mapping[UserKey, str]
    reactivations: tuple[ReactivateUser, ...]
    manual: tuple[ManualWork, ...]
    protected: frozenset[str]
    protected_pairs: tuple[Pair, ...]
    protected_absent: tuple[DesiredUser, ...]
    protected_keys: frozenset[UserKey]


def our_domains(config: Config) -> frozenset[str]:
    """The e-mail domains that are ours, without letter case."""
    return frozenset(folded(domain).lstrip("@") for domain in config.asana.domains)


def populate(matching: Matching, current: CurrentState, config: Config) -> Population:
    """Set the protected apart and decide on returners."""
    covers = covering(config.protected.users)
    protected = frozenset(user.id for user in current.users if covers(user.key))

    def is_protected(person: DesiredUser, user: CurrentUser | None) -> bool:
        return (user is not None and user.id in protected) or covers(person.key)

    pairs = {k: p for k, p in matching.pairs.items() if not is_protected(p.desired, p.current)}
    returners = {
        key: pair
        for key, pair in matching.returners.items()
        if not is_protected(pair.desired, pair.current)
    }
    attempt = config.lifecycle.reactivate == "attempt"
    reactivations = {k: _reactivation(p) for k, p in returners.items()} if attempt else {}
    joiners = {k: p for k, p in matching.joiners.items() if not is_protected(p, None)}
    protected_pairs = tuple(
        pair
        for key, pair in {**matching.pairs, **matching.returners}.items()
        if key not in pairs and key not in returners
    )
    return Population(
        pairs={**pairs, **returners} if attempt else pairs,
        joiners=joiners,
        awaited={key: action.ref for key, action in reactivations.items()},
        reactivations=tuple(reactivations.values()),
        manual=() if attempt else tuple(_manual(pair) for pair in returners.values()),
        protected=protected,
        protected_pairs=protected_pairs,
        protected_absent=tuple(p for k, p in matching.joiners.items() if k not in joiners),
        protected_keys=frozenset(pair.desired.key for pair in protected_pairs),
    )


def _reactivation(pair: Pair) -> ReactivateUser:
    return ReactivateUser(
        ref=f"reactivate_user:{pair.desired.key}",
        reason="back in the directory; lifecycle.reactivate is attempt",
        origin=pair.desired.origin,
        consequences=("Asana does not promise that SCIM can do this; it is read back",),
        user_name=pair.current.user_name,
        scim_id=pair.current.id,
    )


def _manual(pair: Pair) -> ManualWork:
    return ManualWork(
        subject=pair.current.user_name,
        what="invite the person again in Asana's admin console",
        reason="back in the directory, deprovisioned in Asana; SCIM cannot reactivate",
        origin=pair.desired.origin,
    )
