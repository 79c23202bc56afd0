"""Find the person whom a text means: a manager, a member of a group, a name in the config.

A reference may be a distinguished name, an address, a directory key or an account name.
Whoever two people could be is nobody: a reference is never a guess.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from syncer.core.directory.merge import Person
from syncer.core.distinguished_names import dn_key, parent_key
from syncer.core.language.expressions import Attributes
from syncer.core.language.filters import as_list
from syncer.core.names import folded, is_address, user_key

AMBIGUOUS: Final = -1
"""Stands in for an index where a reference fits several people."""

DN_ATTRIBUTES: Final = ("dn", "distinguishedname")
ACCOUNT_ATTRIBUTES: Final = (
    "uid",
    "userid",
    "samaccountname",
    "onpremisessamaccountname",
    "employeeid",
    "employee_id",
    "employeenumber",
    "username",
    "login",
    "id",
    "objectid",
    "objectguid",
)
ADDRESS_ATTRIBUTES: Final = ("mail", "email", "userprincipalname", "emailaddress", "login")
NAME_ATTRIBUTES: Final = (
    "cn",
    "commonname",
    "displayname",
    "name",
    "fullname",
    "givenname",
    "firstname",
    "first_name",
    "sn",
    "surname",
    "lastname",
    "last_name",
    "familyname",
)
PREVIOUS_ATTRIBUTES: Final = (
    "previous_emails",
    "previousemails",
    "proxyaddresses",
    "alternateemailaddress",
    "aliases",
    "emailaliases",
    "mailalternateaddress",
)
_OTHER_SCHEMES: Final = ("x500:", "x400:", "sip:", "spo:", "eum:", "sms:")


def mailbox_address(text: str) -> str:
    """The address in a value of proxyAddresses (`smtp:ann@example.com`), empty for other kinds."""
    lowered = text.strip().lower()
    if lowered.startswith("smtp:"):
        return text.strip()[5:]
    return "" if lowered.startswith(_OTHER_SCHEMES) else text.strip()


class PeopleIndex:
    """Everybody by each name they go by. Indexes are made when first asked for.

    `first_of` is the attribute that userName comes from, None when it is a template.
    """

    def __init__(self, persons: tuple[Person, ...], first_of: str | None) -> None:
        self._persons = persons
        self._first_of = first_of
        self._dn_keys: dict[str, str | None] = {}
        self._found: dict[str, int | None] = {}
        self._namesakes: dict[str, set[int]] = defaultdict(set)

    def further_addresses(self, person: Person) -> tuple[str, ...]:
        """Every other address under which Asana may know the person, as written.

        Of the attribute that userName comes from the further values count too.
        """
        attributes, first_of = person.attributes, self._first_of
        found = list(person.aliases) if person.aliases else []
        if first_of is not None and not isinstance(attributes.get(first_of), str):
            found += as_list(attributes.get(first_of))[1:]
        if not attributes.keys().isdisjoint(PREVIOUS_ATTRIBUTES):
            for name in PREVIOUS_ATTRIBUTES:
                found += (mailbox_address(one) for one in as_list(attributes.get(name)))
        if not found:
            return ()
        keys = {user_key(text): text for text in reversed(found) if is_address(text)}
        keys.pop(person.key, None)
        return tuple(keys[key] for key in sorted(keys))

    def find(self, reference: str) -> int | None:
        """The index of the person meant, None for nobody, AMBIGUOUS for several."""
        # One person is a member of many groups.
        try:
            return self._found[reference]
        except KeyError:
            found = self._found[reference] = self._find(reference)
            return found

    def _find(self, reference: str) -> int | None:
        dn = self.dn_key(reference)
        if dn is not None:
            return self._by_dn.get(dn)
        key = folded(reference)
        for index in self._indexes(key):
            if key in index:
                return index[key]
        return None

    def _indexes(self, key: str) -> Iterator[Mapping[str, int]]:
        """Where to look, one after the other: most members of groups are found in the first."""
        if "@" in key:
            yield self._by_address
            yield self._by_further_address
        yield self._by_directory_key
        yield self._by_account

    def find_all(self, references: Sequence[str]) -> list[int | None]:
        """As `find`, for each of them."""
        if not self._found and references and "=" not in references[0]:
            # Most members are written as the keys of addresses are: to look for each of those
            # would say the same. What may be a distinguished name is looked at as one.
            index = self._by_address
            self._found = {key: one for key, one in index.items() if "@" in key and "=" not in key}
        found = [*map(self._found.get, references)]
        if None in found:
            pairs = zip(references, found, strict=True)
            found = [self.find(text) if person is None else person for text, person in pairs]
        return found

    def candidates(self, reference: str) -> frozenset[int]:
        """Everybody whom an ambiguous reference could mean."""
        self.find(reference)
        for _ in self._indexes(folded(reference)):
            """Namesakes are noted when an index is made."""
        return frozenset(self._namesakes.get(self.dn_key(reference) or folded(reference), ()))

    def dn_key(self, reference: str) -> str | None:
        """`dn_key`, remembered."""
        if "=" not in reference:
            return None
        if reference not in self._dn_keys:
            self._dn_keys[reference] = dn_key(reference)
        return self._dn_keys[reference]

    @cached_property
    def containers(self) -> frozenset[str]:
        """The keys of the entries directly above people."""
        return frozenset(parent_key(key) for key in self._by_dn)

    @cached_property
    def current_addresses(self) -> frozenset[str]:
        """Every address that is somebody's own."""
        return frozenset(person.key for person in self._persons if person.key)

    @cached_property
    def _by_dn(self) -> dict[str, int]:
        def dns(person: Person) -> Iterable[str]:
            texts = _values(person.attributes, DN_ATTRIBUTES)
            return filter(None, (self.dn_key(text) for text in texts))

        return self._index(dns)

    @cached_property
    def _by_address(self) -> dict[str, int]:
        return self._index(lambda person: (person.key,) if person.key else ())

    @cached_property
    def _by_further_address(self) -> dict[str, int]:
        def addresses(person: Person) -> Iterable[str]:
            own = _values(person.attributes, ADDRESS_ATTRIBUTES)
            return map(folded, (*own, *self.further_addresses(person)))

        return self._index(addresses)

    @cached_property
    def _by_directory_key(self) -> dict[str, int]:
        return self._index(
            lambda person: (folded(person.directory_key),) if person.directory_key else ()
        )

    @cached_property
    def _by_account(self) -> dict[str, int]:
        return self._index(
            lambda person: map(folded, _values(person.attributes, ACCOUNT_ATTRIBUTES))
        )

    def _index(self, names: Callable[[Person], Iterable[str]]) -> dict[str, int]:
        index: dict[str, int] = {}
        for number, person in enumerate(self._persons):
            for name in names(person):
                first = index.setdefault(name, number)
                if first != number:
                    self._namesakes[name] |= {first, number} - {AMBIGUOUS}
                    index[name] = AMBIGUOUS
        return index


def _values(attributes: Attributes, names: tuple[str, ...]) -> list[str]:
    return [value for name in names if name in attributes for value in as_list(attributes[name])]
