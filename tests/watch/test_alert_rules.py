"""The alert rules: they name metrics that there are, and fire when they should and not before."""

import re
from dataclasses import replace

import pytest
import yaml

from syncer.model.policy.watching import MetricsPolicy
from syncer.watch.exposition import exposition
from syncer.watch.measures import measures
from tests.story.told import ROOT, page
from tests.watch.promtool import promtool
from tests.watch.test_metrics import GOOD, read

FOLDER = ROOT / "configs" / "prometheus"
RULES = FOLDER / "syncer.rules.yml"
TESTS = FOLDER / "syncer.rules.test.yml"
PAGE = page(FOLDER / "README.md")
ALERTS = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
SERIES = read(
    "".join(
        exposition(measures(facts, "1.2.3"))
        for facts in (GOOD, replace(GOOD, command="plan", actions={}))
    )
)
NAMES = {name for name, _ in SERIES}


def test_every_rule_asks_for_metrics_that_there_are() -> None:
    asked = set(re.findall(r"\bsyncer_\w+", "\n".join(rule["expr"] for rule in ALERTS)))
    assert asked
    assert asked <= NAMES


def test_every_rule_is_tried() -> None:
    tried = {
        case["alertname"]
        for test in yaml.safe_load(TESTS.read_text())["tests"]
        for case in test["alert_rule_test"]
        if "exp_alerts" in case
    }
    assert tried == {rule["alert"] for rule in ALERTS}


def test_every_rule_says_what_to_do() -> None:
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert "$labels.tenant" in rule["annotations"]["summary"]
        assert rule["annotations"]["description"]


@pytest.mark.parametrize("command", ["check", "test"])
def test_promtool_agrees(command: str) -> None:
    path = RULES if command == "check" else TESTS
    code, out, err = promtool(command, "rules", str(path))
    assert "SUCCESS" in out, (out, err)
    assert code == 0, (out, err)


def test_the_page_has_every_metric_with_its_labels_and_no_other() -> None:
    labels: dict[str, set[str]] = {}
    for name, pairs in SERIES:
        labels.setdefault(name, set()).update(dict(pairs).keys() - {"tenant", "command"})
    rows = re.findall(r"^\| `(syncer_\w+)` \| (.*?) \|", PAGE.text, re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", told)) for name, told in rows} == labels


def test_the_config_on_the_page_is_valid() -> None:
    (shown,) = PAGE.of_kind("config")
    for text in (shown.text, shown.text.replace("# pushgateway", "pushgateway")):
        policy = MetricsPolicy.model_validate(yaml.safe_load(text)["metrics"])
        assert policy.textfile


def test_the_page_names_every_alert_and_leads_somewhere() -> None:
    assert [rule["alert"] for rule in ALERTS] == re.findall(
        r"^- `(Syncer\w+)`", PAGE.text, re.MULTILINE
    )
    assert not PAGE.broken_links()
