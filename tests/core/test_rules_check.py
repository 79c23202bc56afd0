"""Every mistake in the rules at once, each with its place, before any data is read."""

from typing import Any

import pytest

from syncer.core.directory.activity import INDICATORS
from syncer.core.rules_check import check_rules
from syncer.core.wanted import wanted_attributes
from tests.core.directory_input import config_of, where


def faults(fragment: dict[str, Any]) -> list[str]:
    return [str(problem).split("\n")[0] for problem in check_rules(config_of(fragment), where)]


def test_rules_without_mistakes_have_no_problems() -> None:
    fragment = {
        "directory": {"active": "not disabled", "key": "employeeNumber"},
        "scope": [{"exclude": "'x' in groups"}],
        "mapping": {"title": "{{ a }} {{ b | upper }}", "userName": "mail"},
        "licenses": {"rules": [{"license": "enterprise", "when": "true"}]},
        "teams": [
            {"name": "A", "when": "x == 'y'", "previously": ["B"]},
            {
                "for_each_group": "t-(?P<name>.+)",
                "name": "{{ name }} of {{ group }}",
                "previously": ["Old {{ name }}"],
            },
            {"for_each_group": "only-one", "name": "Fixed"},
        ],
    }
    assert faults(fragment) == []


def test_all_mistakes_come_at_once() -> None:
    fragment = {
        "directory": {"active": "not (disabled"},
        "scope": [{"exclude": "a == "}, {"include": "b | nofilter"}],
        "mapping": {
            "userName": {"constant": "x@example.com"},
            "title": "{{ a",
            "region": {"from": "r", "default": "x" * 1025},
        },
        "licenses": {"rules": [{"license": "enterprise", "when": "c.d"}]},
        "teams": [
            {"name": "{{ x }}", "when": "2 ** 3"},
            {"for_each_group": "(", "name": "{{ x }}"},
            {"for_each_group": "(?P<a>.)", "name": "{{ b }}"},
            {"for_each_group": "(?P<a>.)", "name": "{{ a", "previously": ["Old"]},
            {"name": "Ops", "members": ["x"]},
            {"name": " OPS ", "members": ["y"]},
        ],
    }
    starts = [
        "config scope[0].exclude: scope[0].exclude: 'a == ' is no expression",
        "config scope[1].include: scope[1].include: 'b | nofilter' uses an unknown filter",
        "config directory.active: directory.active: 'not (disabled' is no expression",
        "config mapping.userName: mapping.userName: a constant would be everybody's address",
        "config mapping.title: mapping.title: '{{ a' is no template",
        "config licenses.rules[0].when: licenses.rules[0].when: 'c.d' uses '.'",
        "config teams[0].name: teams[0].name: '{{ x }}' is a template",
        "config teams[0].when: teams[0].when: '2 ** 3' uses '**'",
        "config teams[1].for_each_group: teams[1].for_each_group: '(' is no regular expression",
        "config teams[2].name: teams[2].name: unknown name 'b' in '{{ b }}'",
        "config teams[3].name: teams[3].name: '{{ a' is no template",
        "config teams[3].previously: teams[3].previously: one old name cannot belong to",
        "config teams[5]: teams[5]: two rules for one team: 'Ops' stands at config teams[4]",
        "config mapping.region.default: mapping.region.default: longer than 1024",
    ]
    found = faults(fragment)
    assert [text[: len(start)] for text, start in zip(found, starts, strict=True)] == starts


def test_an_address_cannot_hang_on_groups() -> None:
    found = faults({"mapping": {"userName": "{{ groups | first }}@example.com"}})
    assert found == [
        "config mapping.userName: mapping.userName: an address cannot be made from groups"
    ]


@pytest.mark.parametrize("broken", ["title | nofilter", "(((", "{{"])
def test_wanted_attributes_never_fail(broken: str) -> None:
    assert "mail" in wanted_attributes(config_of({"scope": [{"exclude": broken}]}))


def test_wanted_attributes_are_all_that_any_rule_may_look_at() -> None:
    fragment = {
        "directory": {"key": "Employee Number"},
        "scope": [{"exclude": "A1 == 'x'"}],
        "mapping": {
            "userName": "Address",
            "title": "{{ B2 }} {{ C3 | upper }}",
            "manager": "Boss",
        },
        "licenses": {"rules": [{"license": "enterprise", "when": "D4"}]},
        "teams": [{"name": "T", "when": "E5 and attribute('F 6')"}],
    }
    wanted = wanted_attributes(config_of(fragment))
    assert {"employeenumber", "a1", "address", "b2", "c3", "boss", "d4", "e5", "f6"} <= wanted
    assert {"dn", "uid", "proxyaddresses", *INDICATORS} <= wanted
    assert not {"memberof", "groups"} & wanted


def test_groups_and_activity_are_wanted_only_where_they_matter() -> None:
    fragment = {"directory": {"active": "on"}, "teams": [{"name": "T", "groups": ["g"]}]}
    wanted = wanted_attributes(config_of(fragment))
    assert {"memberof", "groups", "on"} <= wanted
    assert "useraccountcontrol" not in wanted
