"""Guess from the header of a source where Asana's attributes come from.

A guess is written into a starter config for a person to read, so it is made only where an
export is known to mean it. What looks right and often is not (a manager's display name, a
country as a number) becomes a note instead.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncer.core.directory.activity import INDICATORS
from syncer.core.names import attribute_key
from syncer.model.state import ATTRIBUTES, MANAGER, USER_NAME

_FORMATTED: Final = "name.formatted"
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")

EXPECTED: Final = (USER_NAME, _FORMATTED, "title", "department", MANAGER, "employeeNumber")
"""The attributes that nearly every directory has and every tenant wants."""

# The words of real exports, without case, marks, blanks and punctuation, the best first.
_ADDRESSES: Final = (
    "mail",
    "email",
    "workemail",
    "emailwork",
    "emailaddress",
    "primaryemail",
    "primaryemailaddress",
    "businessemail",
    "companyemail",
    "mailaddress",
    "useremail",
    "correoelectronico",
    "userprincipalname",
    "login",
)
_FIRST_NAMES: Final = ("givenname", "firstname", "first", "forename", "nombre")
_LAST_NAMES: Final = ("sn", "surname", "lastname", "last", "familyname", "apellido", "apellidos")
_FULL_NAMES: Final = ("displayname", "fullname", "cn", "name")
_EMPLOYEE_NUMBERS: Final = (
    "employeenumber",
    "employee#",
    "employeeid",
    "employeeno",
    "empid",
    "staffid",
    "personnelnumber",
)
_PREVIOUS: Final = ("previousemails", "previousemail", "formeremail", "formeremails")
_SIMPLE: Final[Mapping[str, tuple[str, ...]]] = {
    # In Workday the business title is the one that people print on their cards.
    "title": ("businesstitle", "title", "jobtitle", "employeetitle", "position", "cargo"),
    "preferredLanguage": ("preferredlanguage",),
    "department": ("department", "dept", "departmentname", "deptname"),
    "employeeNumber": _EMPLOYEE_NUMBERS,
    "costCenter": ("costcenter", "costcentre"),
    "organization": ("organization", "company", "companyname", "o"),
    "division": ("division",),
    "country": ("co", "country", "countryregion", "c"),
    "region": ("state", "st", "stateprovince"),
    "locality": ("city", "l"),
    # Work phones only: a mobile number is often private.
    "phone": ("telephonenumber", "workphone", "officephone", "primaryphone", "phone"),
}
_LOCKED_FOR_GOOD: Final = "000001010000Z"  # slapo-ppolicy, pwdAccountLockedTime
_LEAVING_DATES: Final = ("fechadeseparacionlaboral", "terminationdate", "lastdayofwork")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a header suggests, and why.

    `mapping` gives an attribute of the source, or a template, by Asana attribute in the order
    of `ATTRIBUTES`. `active` is None where the default is right. `groups` and `previous` name
    the columns with a person's groups and former addresses. `columns` are the renames of a
    CSV source that the rest relies on. `exclude` are scope rules: expression and reason.
    `notes` say, by attribute or key of the config, what a person should check. `missing` are
    the expected attributes for which nothing was found.
    """

    mapping: Mapping[str, str]
    key: str | None = None
    active: str | None = None
    groups: str | None = None
    previous: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[tuple[str, str], ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def guess_mapping(names: Mapping[str, str]) -> Guess:
    """Guess from the attribute names of a source, given as `PeopleReading.names`."""
    guesser = _Guesser(names.values())
    guesser.addresses()
    guesser.full_name()
    for attribute, words in _SIMPLE.items():
        guesser.take(attribute, *words)
    guesser.department()
    guesser.country()
    guesser.manager()
    guesser.activity()
    guesser.key()
    guesser.groups()
    guesser.previous()
    guesser.outsiders()
    return guesser.guess()


def _word(header: str) -> str:
    """What a header says, without `[READ ONLY]`, case, marks, blanks and punctuation."""
    bare = re.sub(r"\[[^\]]*\]", "", header)
    letters = unicodedata.normalize("NFKD", bare).casefold()
    return "".join(char for char in letters if char.isalnum() or char == "#")


class _Guesser:
    """The guess while it is being made, over the words of one header."""

    def __init__(self, headers: Iterable[str]) -> None:
        self._headers: dict[str, str] = {}
        for header in headers:
            self._headers.setdefault(_word(header), header)
        self._mapping: dict[str, str] = {}
        self._columns: dict[str, str] = {}
        self._exclude: list[tuple[str, str]] = []
        self._notes: dict[str, str] = {}
        self._chosen: dict[str, str] = {}

    def guess(self) -> Guess:
        """The finished guess."""
        found = [name for name in ATTRIBUTES if name in self._mapping]
        return Guess(
            {name: self._mapping[name] for name in found},
            key=self._chosen.get("key"),
            active=self._chosen.get("active"),
            groups=self._chosen.get("groups"),
            previous=self._chosen.get("previous"),
            columns=self._columns,
            exclude=tuple(self._exclude),
            notes=self._notes,
            missing=tuple(name for name in EXPECTED if name not in found),
        )

    def take(self, attribute: str, *words: str) -> None:
        """Map the attribute to the first of these words that the header has."""
        found = self._first(*words)
        if found is not None:
            self._mapping[attribute] = found

    def _has(self, *words: str) -> bool:
        return all(word in self._headers for word in words)

    def _first(self, *words: str) -> str | None:
        return next((self._headers[word] for word in words if word in self._headers), None)

    def _named(self, header: str, name: str) -> str:
        """The header as a name in templates and expressions, renamed when it cannot be one."""
        if _IDENTIFIER.fullmatch(header):
            return header
        self._columns[name] = header
        return name

    @property
    def _entra(self) -> bool:
        return self._has("userprincipalname", "accountenabled")

    @property
    def _active_directory(self) -> bool:
        return self._has("samaccountname") or self._has("objectclass", "useraccountcontrol")

    def addresses(self) -> None:
        """The address: what people sign in to Asana with."""
        if self._entra:
            self.take(USER_NAME, "userprincipalname")
            self._notes[USER_NAME] = (
                "mail is often empty in this export where the sign-in name is not; if people "
                "sign in to Asana with another address than that, take mail"
            )
            return
        self.take(USER_NAME, *_ADDRESSES)
        if self._mapping.get(USER_NAME) == self._headers.get("userprincipalname", ""):
            self._notes[USER_NAME] = (
                "a sign-in name is not always an e-mail address; export mail as well and take "
                "that if the two differ"
            )
        elif self._mapping.get(USER_NAME) == self._headers.get("login", ""):
            self._notes[USER_NAME] = "right where people sign in with their e-mail address"

    def full_name(self) -> None:
        """The full name: as the directory shows it, or put together."""
        first, last = self._first(*_FIRST_NAMES), self._first(*_LAST_NAMES)
        full = self._first(*_FULL_NAMES)
        # Okta and inetOrgPerson demand a first and last name and leave the display name
        # optional; Active Directory and Entra are the other way round.
        shown = self._has("displayname") and not self._has("login")
        shown = shown and (self._active_directory or not self._has("givenname", "sn"))
        if first and last and not shown:
            parts = self._named(first, "first_name"), self._named(last, "last_name")
            self._mapping[_FORMATTED] = " ".join(f"{{{{ {part} }}}}" for part in parts)
            if preferred := self._first("preferredname"):
                self._notes[_FORMATTED] = f"'{preferred}' is there too; take it if it is complete"
        elif full:
            self._mapping[_FORMATTED] = full

    def department(self) -> None:
        """Only a column of that name; others may hold codes, or more than the name."""
        unsure = self._first("departmentnumber", "supervisoryorganization", "orgunitpath", "ou")
        if "department" not in self._mapping and unsure:
            self._notes["department"] = f"'{unsure}' is there; map it if it holds plain names"

    def country(self) -> None:
        """Okta's country code is ISO 3166; Active Directory's of the same name is a number."""
        if "country" not in self._mapping and self._has("login"):
            self.take("country", "countrycode")

    def manager(self) -> None:
        """The manager, where the column names a person without doubt."""
        by_key = not self._has("login") and self._first(*_EMPLOYEE_NUMBERS) is not None
        by_dn = self._first("dn", "distinguishedname") is not None
        self.take(MANAGER, "manageremail", "manageremailaddress", "supervisoremail")
        if MANAGER not in self._mapping and by_key:
            self.take(MANAGER, "managerid")
        if MANAGER not in self._mapping and by_dn:
            self.take(MANAGER, "manager")
        unsure = self._first("manager", "managerid", "reportingto", "workersmanagergroup")
        if MANAGER not in self._mapping and unsure:
            self._notes[MANAGER] = (
                f"'{unsure}' is there, but may hold display names; map it if it holds "
                "addresses, keys or DNs"
            )

    def activity(self) -> None:
        """How the source says that an account is no longer in use."""
        status = self._headers.get("status")
        if status and self._has("localecode"):
            self._chosen["active"] = f"{self._named(status, 'status')} != '2'"
            self._notes["active"] = "OneLogin counts its states; 2 is suspended"
            return
        headers = self._headers.values()
        known = next((name for name in headers if attribute_key(name) in INDICATORS), None)
        leaving = self._first(*_LEAVING_DATES)
        locked = self._first("pwdaccountlockedtime")
        if known:
            self._notes["active"] = f"the default understands '{known}'"
            if self._has("accountenabled", "employeeid"):
                # Get-MgUser fills only some dozen properties unless it is told which.
                self._notes["active"] += "; export it with -Property, else it is empty"
        elif locked:
            self._chosen["active"] = f"{locked} != '{_LOCKED_FOR_GOOD}'"
            self._notes["active"] = "another time is that of a password typed wrong too often"
        elif leaving:
            self._notes["active"] = (
                f"'{leaving}' may lie in the future, so leave leavers out of the export, or "
                "compare the date here"
            )
        else:
            self._notes["active"] = (
                "no column says who has left, so leavers must not be in the file"
            )

    def key(self) -> None:
        """What never changes for a person, whatever becomes of the name."""
        if self._entra:
            key = self._first("id", "objectid")
        elif self._has("objectguid"):
            key = self._headers["objectguid"]
        else:
            key = self._first(*_EMPLOYEE_NUMBERS, "entryuuid")
        if key is None:
            self._notes["key"] = (
                "no column holds what never changes, so a new address is a new person unless "
                "the old one is listed in previous_emails"
            )
            return
        self._chosen["key"] = key
        if _word(key) in _EMPLOYEE_NUMBERS:
            self._notes["key"] = "right when everybody has one and nobody's is given to another"

    def groups(self) -> None:
        """The column with a person's own groups; its usual names need no rename."""
        found = self._first("groups", "memberof")
        if found is not None:
            self._chosen["groups"] = found

    def previous(self) -> None:
        """The column with former addresses, by which a rename is recognised."""
        found = self._first(*_PREVIOUS)
        if found is None:
            found = self._first("proxyaddresses", "aliases", "mailalternateaddress")
        elif _word(found) != "previousemails" or not _IDENTIFIER.fullmatch(found):
            self._columns["previous_emails"] = found
            found = "previous_emails"
        if found is not None:
            self._chosen["previous"] = found

    def outsiders(self) -> None:
        """Entries of the export that are no people of the organization."""
        if self._has("usertype") and self._entra:
            name = self._named(self._headers["userprincipalname"], "sign_in_name")
            guest = f"{self._headers['usertype']} == 'Guest' or '#ext#' in {name} | lower"
            self._exclude.append((guest, "guests of the tenant belong to another organization"))
        if self._active_directory and self._has("objectclass") and not self._has("enabled"):
            name = self._headers["objectclass"]
            other = f"'user' not in {name} or 'computer' in {name}"
            self._exclude.append((other, "groups, computers and folders are no people"))
            if self._has("dn", "mail"):
                # Administrator and Guest would be in doubt for ever. Whoever else has no address
                # may have lost it, and stays in doubt.
                built_in = "not mail and ',cn=users,dc=' in dn | lower"
                self._exclude.append((built_in, "built-in accounts without a mailbox"))
        if self._has("internalyesno"):
            internal = self._named(self._headers["internalyesno"], "internal")
            self._exclude.append((f"{internal} | lower == 'no'", "guests are not in SCIM"))
            self._notes["people"] = (
                "this is Asana's own list of its members: good for a rehearsal, but a directory "
                "must come from elsewhere, or nobody will ever be found to have left"
            )
