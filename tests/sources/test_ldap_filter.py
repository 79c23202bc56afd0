"""Search filters: what they take, what they refuse, and where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.sources.ldap_filter import FilterError, parse_filter

ENTRY = {
    "objectclass": ["top", "person", "user"],
    "cn": ["Ada  Lovelace", "Countess (of) *Lovelace*"],
    "mail": ["Ada@Example.com"],
    "employeenumber": ["0042"],
    "whencreated": ["20261122082436.0Z"],
    "useraccountcontrol": ["514"],
    "objectcategory": ["CN=Person,CN=Schema,CN=Configuration,DC=example,DC=com"],
    "sn": ["Müller"],
    "description": [],
    "cn;lang-de": ["Ada"],
}


@pytest.mark.parametrize(
    ("stored", "asked", "taken"),
    [
        ("inetOrgPerson", "person", True),
        ("inetOrgPerson", "OrganizationalPerson", True),
        ("INETORGPERSON", "top", True),
        ("OpenLDAPperson", "inetOrgPerson", True),
        ("user", "person", True),
        ("person", "inetOrgPerson", False),
        ("inetOrgPerson", "user", False),
        ("acmePerson", "person", False),
        ("acmePerson", "acmeperson", True),
        ("groupOfNames", "person", False),
    ],
)
def test_an_entry_is_of_the_classes_above_its_own(stored: str, asked: str, *, taken: bool) -> None:
    """RFC 4512, section 3.3; OpenLDAP shows only what was stored."""
    entry = {"objectclass": [stored]}
    assert parse_filter(f"(objectClass={asked})").matches(entry) is taken
    assert parse_filter(f"(!(objectClass={asked}))").matches(entry) is not taken


@pytest.mark.parametrize(
    "text",
    [
        "(mail=ada@example.COM)",
        "mail=ada@example.com",
        "(cn=ada lovelace)",
        "(cn~=ADA LOVELACE)",
        "(objectClass=*)",
        "(!(description=*))",
        "(!(nothing=*))",
        "(&)",
        "(!(|))",
        "(&(objectClass=user)(mail=*))",
        "(|(mail=none)(sn=m\\c3\\bcller))",
        "(sn=Mu\u0308ller)",
        "(cn=ada*)",
        "(cn=*lovelace)",
        "(cn=a*d*a*love*lace)",
        "(cn=*\\2alovelace\\2A)",
        "(cn=*\\28of\\29*)",
        "(mail=ada**@example.com)",
        "(employeeNumber>=42)",
        "(employeeNumber<=42)",
        "(whenCreated>=20260101000000.0Z)",
        "(whenCreated<=2027)",
        "(userAccountControl:1.2.840.113556.1.4.803:=2)",
        "(userAccountControl:1.2.840.113556.1.4.803:=514)",
        "(userAccountControl:1.2.840.113556.1.4.804:=3)",
        "(!(userAccountControl:1.2.840.113556.1.4.803:=3))",
        "(objectCategory=person)",
        "(objectCategory=user)",
        "(objectCategory=cn=person,cn=schema,cn=configuration,dc=example,dc=com)",
        "(cn;lang-de=ada)",
        " ( & ( objectClass=user ) ( ! ( mail=bob ) ) ) ",
        "(&\n  (objectClass=user)\n  (!(objectClass=computer)))",
    ],
)
def test_a_filter_takes_the_entry(text: str) -> None:
    assert parse_filter(text).matches(ENTRY)


@pytest.mark.parametrize(
    "text",
    [
        "(mail=ada)",
        "(mail=)",
        "(|)",
        "(!(&))",
        "(description=*)",
        "(description=x)",
        "(cn=*ada)",
        "(cn=lovelace*ada)",
        "(mail=ada@example.com*com)",
        "(cn=*x*)",
        "(employeeNumber>=43)",
        "(employeeNumber<=41)",
        "(whenCreated<=2026)",
        "(userAccountControl:1.2.840.113556.1.4.803:=3)",
        "(userAccountControl:1.2.840.113556.1.4.804:=1)",
        "(cn:1.2.840.113556.1.4.804:=1)",
        "(objectCategory=computer)",
        "(nothing=x)",
        "(nothing>=1)",
    ],
)
def test_a_filter_leaves_the_entry(text: str) -> None:
    assert not parse_filter(text).matches(ENTRY)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 1, "'=' is missing"),
        ("(", 2, "')' is missing"),
        ("()", 2, "'=' is missing"),
        ("(mail)", 2, "'=' is missing"),
        ("(mail=x", 8, "')' is missing"),
        ("(mail=x))", 9, "more follows"),
        ("(&(a=b)", 8, "')' is expected here, and the filter ends"),
        ("(&(a=b)x)", 8, "')' is expected here, not 'x'"),
        ("(!)", 3, "exactly one filter"),
        ("(!(a=b)(c=d))", 13, "exactly one filter"),
        ("(=x)", 2, "'' is no attribute name"),
        ("(a b=x)", 2, "'a b' is no attribute name"),
        ("(a=b(c)", 5, r"is written \28"),
        ("(a=b\\zz)", 5, "two hexadecimal digits"),
        ("(a=b\\2)", 5, "two hexadecimal digits"),
        ("(memberOf:1.2.840.113556.1.4.1941:=cn=x)", 2, "needs the server"),
        ("(cn:caseExactMatch:=x)", 2, "'caseExactMatch' is not known"),
        ("(cn:=x)", 2, "'' is not known"),
        ("(cn:>=x)", 2, "is written ':='"),
        ("(a:1.2.840.113556.1.4.803:=x)", 28, "a whole number"),
        ("((a=b))", 2, "is no attribute name"),
        ("(!" * 60 + "(a=b)" + ")" * 60, 103, "50 levels"),
    ],
)
def test_a_filter_that_cannot_be_understood_is_refused_at_its_place(
    text: str, position: int, message: str
) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert message in str(caught.value)
    assert caught.value.position == position
    assert caught.value.hint


def test_a_filter_knows_the_attributes_it_looks_at() -> None:
    parsed = parse_filter("(&(objectClass=user)(|(Mail=a*)(!(sn=*)))(uid>=1)(uac~=1))")
    assert parsed.attributes == {"objectclass", "mail", "sn", "uid", "uac"}


PIECES = [
    "(",
    ")",
    "&",
    "|",
    "!",
    "=",
    "*",
    "a",
    "objectClass",
    ">=",
    "~=",
    ":",
    "\\2a",
    "\\",
    " ",
]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([*PIECES, ":1.2.840.113556.1.4.803:=2", "é"]), max_size=25))
def test_no_text_breaks_the_parser(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        parsed = parse_filter(text)
    except FilterError as error:
        assert 1 <= error.position <= len(text) + 1  # noqa: PT017  # both outcomes are right
    else:
        assert parsed.matches(ENTRY) in {True, False}
