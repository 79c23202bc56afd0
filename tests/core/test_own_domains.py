"""Which domains are taken for the organization's own, and which a person should judge."""

import pytest

from syncer.core.own_domains import Domains, own_domains
from tests.core.directory_input import people_of


def guessed(*addresses: object) -> Domains:
    return own_domains(people_of([{"Mail": address} for address in addresses]).records, "mail")


@pytest.mark.parametrize(
    ("addresses", "own", "others"),
    [
        (["a@Example.com", "b@example.COM"], ["example.com"], []),
        (["a@example.com"], ["example.com"], []),
        (["a@x.org", "a@y.org", "b@y.org", "b@x.org", "c@y.org"], ["y.org", "x.org"], []),
        (["a@x.org", "b@x.org", "c@xx.org"], ["x.org"], ["xx.org"]),
        (["a@x.org", "b@y.org"], [], ["x.org", "y.org"]),
        (["a@gmail.com", "b@gmail.com"], [], ["gmail.com"]),
        (["a@x.org", "b@x.org", *["p@yahoo.co.uk"] * 3], ["x.org"], ["yahoo.co.uk"]),
        (["a@x.org", "b@x.org", *["p@y.onmicrosoft.com"] * 3], ["x.org"], ["y.onmicrosoft.com"]),
        ([f"{n}@{d}.org" for d in "abcd" for n in "12"], [], ["a.org", "b.org", "c.org", "d.org"]),
        ([f"{n}@{n}.org" for n in range(9)], [], [f"{n}.org" for n in range(6)]),
        ([["a@x.org", "b@x.org"], "c at x.org", "", "c@y.org"], [], ["x.org", "y.org"]),
        ([], [], []),
    ],
)
def test_a_domain_of_two_people_or_of_all_is_ours(
    addresses: list[object], own: list[str], others: list[str]
) -> None:
    assert guessed(*addresses) == Domains(tuple(own), tuple(others))


def test_without_a_column_of_addresses_no_domain_is_seen() -> None:
    assert own_domains(people_of([{"mail": "a@x.org"}]).records, "") == Domains()
