"""What happens to users: create, revise, deprovision. Documented rules first, switches after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from syncer.sandbox.addresses import address_problem, domain_of
from syncer.sandbox.attributes import PLACE, Draft, DraftReader
from syncer.sandbox.documents import Settings
from syncer.sandbox.patch import Operation, as_resource, read_operations
from syncer.sandbox.switches import Switches
from syncer.sandbox.tenant import (
    ATTRIBUTES,
    DIVISION_ID,
    ENTERPRISE,
    MANAGER,
    NAME,
    USER_TYPES,
    VIEW_ONLY,
    Tenant,
    User,
)
from syncer.sandbox.wire import USER_SCHEMA, Refusal

_ADMIN_ATTRIBUTES: Final = ("roles", DIVISION_ID)


@dataclass(frozen=True, slots=True)
class Users:
    """Writes on the users of one tenant: a copy, which a refusal may leave half done."""

    tenant: Tenant
    settings: Settings

    @property
    def switches(self) -> Switches:
        """The switches of the tenant."""
        return self.settings.switches

    def find(self, scim_id: str) -> User:
        """The user of `/Users/:id`. Raises a 404; guests are never there."""
        user = self.tenant.users.get(scim_id)
        gone = self.switches.zombies == "gone" and user is not None and not user.active
        if user is None or user.guest or gone:
            raise Refusal(404, f"user: Unknown object: {scim_id}")
        return user

    def create(self, body: Mapping[str, Any]) -> tuple[int, User]:
        """`POST /Users`: the status to answer with, and the user, new or not."""
        check_schema(body, USER_SCHEMA, self.switches)
        draft = DraftReader(self.switches, empty="skip").read(body)
        user_name = self._address(draft)
        if found := self._named(user_name):
            return self._create_again(found)
        user = User(
            id=self.tenant.new_id(),
            user_name=self._stored(user_name),
            status="invited" if draft.get("active", True) else "deactivated",
            user_type=self.switches.default_user_type,
        )
        return 201, self._revised(user, draft, previous=None)

    def replace(self, scim_id: str, body: Mapping[str, Any]) -> User:
        """`PUT /Users/:id`: what is left out is cleared. Licences have no empty value and stay."""
        user = self.find(scim_id)
        check_schema(body, USER_SCHEMA, self.switches)
        if str(body.get("id", scim_id)) != scim_id:
            raise Refusal(400, "id: differs from the id of the path")
        draft = DraftReader(self.switches, empty="skip").read(body)
        self._address(draft)
        if "active" not in draft:
            if self.switches.put_active == "reject":
                raise Refusal(400, "active: is required")
            if self.switches.put_active == "deactivate":
                draft["active"] = False
        cleared = dict.fromkeys(key for key in ATTRIBUTES if key not in self._unseen())
        return self._revised(user, {**cleared, **draft}, previous=user)

    def patch(self, scim_id: str, body: Mapping[str, Any]) -> User:
        """`PATCH /Users/:id`, operation by operation."""
        user = self.find(scim_id)
        for operation in read_operations(body, self.switches):
            draft = self._patch_draft(operation)
            user = self._revised(user, draft, previous=user)
        return user

    def deprovision(self, user: User) -> User:
        """What `active` false and DELETE both mean: Asana says zombify for either."""
        if not user.active:
            return user
        rules = frozenset(self._rules_on(user))
        if "reject" in rules:
            raise Refusal(403, "user: this user cannot be deprovisioned over SCIM")
        if "ignore" in rules:
            return user
        if self.switches.zombie_members == "removed":
            self.tenant.leave_groups(user.id)
        return self._kept(replace(user, status="deactivated"))

    def _rules_on(self, user: User) -> Iterator[str]:
        """What each switch says that speaks of deprovisioning this user."""
        if user.super_admin or user.billing_owner or user.service_account:
            yield self.switches.protected_people
        if user.id == self.settings.token_owner:
            yield self.switches.own_account
        others = (other for other in self.tenant.users.values() if other.id != user.id)
        if user.super_admin and not any(other.super_admin and other.active for other in others):
            yield self.switches.last_admin

    def _unseen(self) -> frozenset[str]:
        """The attributes that answers leave out, so that nobody could send them back."""
        admin = _ADMIN_ATTRIBUTES if self.switches.admin_attributes == "hidden" else ()
        manager = (MANAGER,) if self.switches.manager_returned == "never" else ()
        return frozenset({*admin, *manager})

    def _create_again(self, found: User) -> tuple[int, User]:
        conflict = Refusal(409, f"userName: {found.user_name} already exists")
        if found.guest:
            raise conflict
        if not found.active:
            if self.switches.zombie_create == "reject":
                raise conflict
            if self.switches.zombie_create == "inactive":
                return 200, found
            self._check_seat(replace(found, status="invited"), found)
            return 201, self._kept(replace(found, status="invited"))
        if self.switches.duplicate_user == "409":
            raise conflict
        return int(self.switches.duplicate_user), found

    def _patch_draft(self, operation: Operation) -> Draft:
        if operation.verb == "remove":
            if self.switches.user_remove == "reject":
                raise Refusal(400, "op: remove is not supported for users")
            operation = replace(operation, value=None)
        empty = self._meaning_of_empty(operation)
        resource = as_resource(operation, self.switches)
        draft = DraftReader(self.switches, empty=empty).read(resource)
        whole = operation.path in {"", "addresses"} and "addresses" in resource
        if operation.verb == "replace" and whole and self.switches.address_replace == "whole":
            draft = {**dict.fromkeys(PLACE), **draft}
        if operation.verb == "remove" and operation.path == "addresses":
            draft = dict.fromkeys(PLACE)
        if self.switches.admin_patch != "accept":
            for key in _ADMIN_ATTRIBUTES:
                if key in draft and self.switches.admin_patch == "reject":
                    raise Refusal(400, f"{key}: is not supported for PATCH")
                draft.pop(key, None)
        for key in ("givenName", "familyName"):
            if key in draft and self.switches.given_name_patch == "reject":
                raise Refusal(400, f"name.{key}: unsupported for PATCH, use name.formatted")
            draft.pop(key, None)
        return draft

    def _meaning_of_empty(self, operation: Operation) -> Literal["clear", "skip", "reject"]:
        if operation.verb == "remove" or self.switches.patch_empty == "clear":
            return "clear"
        return "skip" if self.switches.patch_empty == "ignore" else "reject"

    def _revised(self, user: User, draft: Draft, *, previous: User | None) -> User:
        """The user after the draft, kept in the tenant.

        `previous` None is a create: nothing is deprovisioned, renamed or reactivated then.
        """
        revised = user
        if previous is not None:
            revised = self._renamed(revised, draft)
        revised = replace(revised, attributes=self._attributes(revised, draft))
        revised = self._licensed(revised, draft)
        active = draft.get("active")
        if previous is not None and active is True and not previous.active:
            revised = self._reactivated(revised)
        self._check_seat(revised, previous)
        revised = self._kept(revised)
        if previous is not None and active is False:
            revised = self.deprovision(revised)
        return revised

    def _renamed(self, user: User, draft: Draft) -> User:
        if "userName" not in draft or draft["userName"] == user.user_name:
            return user
        user_name = self._stored(self._address(draft))
        if user_name == user.user_name:
            return user
        if self.switches.rename == "reject":
            raise Refusal(400, "userName: cannot be changed")
        holder = self._named(user_name)
        if holder is not None and holder.id != user.id:
            raise Refusal(409, f"userName: {user_name} already exists")
        if self.switches.rename == "ignore":
            return user
        return replace(user, user_name=self._stored(user_name))

    def _attributes(self, user: User, draft: Draft) -> Mapping[str, str]:
        if {"givenName", "familyName"} & draft.keys() and not draft.get(NAME):
            parts = (draft.get("givenName"), draft.get("familyName"))
            draft = {**draft, NAME: " ".join(filter(None, parts))}
        attributes = dict(user.attributes)
        for key in ATTRIBUTES:
            if key not in draft:
                continue
            if key == "preferredLanguage" and self.switches.preferred_language == "ignored":
                continue
            value = draft[key]
            if key == MANAGER and value:
                value = self._manager(value, attributes.get(MANAGER))
            attributes.pop(key, None)
            if value:
                attributes[key] = value
        return attributes

    def _manager(self, reference: str, before: str | None) -> str | None:
        """The id to keep for a reference. Where answers show addresses, they may come back."""
        manager = self.tenant.users.get(reference)
        if manager is None and self.switches.manager_returned == "address":
            manager = self.tenant.user_named(reference, cased=False)
        if manager is not None and not manager.guest:
            return manager.id
        if self.switches.dangling_manager == "reject":
            raise Refusal(400, f"manager: no user has the id {reference}")
        return reference if self.switches.dangling_manager == "accept" else before

    def _licensed(self, user: User, draft: Draft) -> User:
        if draft.get("userType"):
            wanted = draft["userType"]
            if not self.switches.view_only_domain:
                if self.switches.user_type_outside == "reject":
                    raise Refusal(400, "userType: this domain has no view-only users")
            elif wanted not in USER_TYPES:
                raise Refusal(400, f"userType: must be one of {', '.join(USER_TYPES)}")
            else:
                user = replace(user, user_type=wanted)
        # Asana: adding a view-only user to a division converts him to a paid user.
        if draft.get(DIVISION_ID) and user.user_type == VIEW_ONLY:
            user = replace(user, user_type=ENTERPRISE)
        return user

    def _reactivated(self, user: User) -> User:
        if self.switches.reactivation == "reject":
            raise Refusal(400, "active: a deprovisioned user cannot be reactivated over SCIM")
        if self.switches.reactivation == "silently-ignore":
            return user
        return replace(user, status="active")

    def _check_seat(self, user: User, previous: User | None) -> None:
        takes = user.seated and not (previous is not None and previous.seated)
        seats = self.settings.seats
        if takes and seats is not None and self.tenant.seats_taken() >= seats:
            raise Refusal(int(self.switches.no_seat), f"no seat is free: all {seats} are taken")

    def _address(self, draft: Draft) -> str:
        user_name = draft.get("userName")
        if not user_name:
            raise Refusal(400, "userName: is required")
        if problem := address_problem(user_name):
            raise Refusal(400, f"userName: {problem}")
        domains = self.settings.domains
        if domains and domain_of(user_name) not in {domain.casefold() for domain in domains}:
            raise Refusal(
                int(self.switches.out_of_domain),
                "userName: the address is in none of the domains of the organization",
            )
        return str(user_name)

    def _named(self, user_name: str) -> User | None:
        # What is compared is what would be stored: two stored addresses are never the same.
        cased = self.switches.unique_case == "sensitive"
        return self.tenant.user_named(self._stored(user_name), cased=cased)

    def _stored(self, user_name: str) -> str:
        return user_name.lower() if self.switches.stored_case == "lower" else user_name

    def _kept(self, user: User) -> User:
        self.tenant.put_user(user)
        return user


def check_schema(body: Mapping[str, Any], schema: str, switches: Switches) -> None:
    """Raises a 400 for a resource that does not name its schema, where that is asked for."""
    schemas = body.get("schemas")
    named = isinstance(schemas, list) and schema in schemas
    if not named and switches.forms != "tolerant":
        raise Refusal(400, f"schemas: must hold {schema}")
