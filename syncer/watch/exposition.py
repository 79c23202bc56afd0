"""Measures in Prometheus' text format, and what an earlier text said beside them.

Imported only where there are measures to write: the library would slow every start.
"""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from syncer.watch.measures import Measure

OURS = "syncer_"


class Kept(Collector):
    """Families that are known already, for a registry."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        return self._families


def registry_of(measures: Iterable[Measure], before: str = "") -> CollectorRegistry:
    """These measures, and beside them what the text `before` says and they do not speak of.

    A measure speaks of all values that it had with the same tenant and command. Raises ValueError
    for a text that is not in the format, or holds measures of somebody else.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Kept(tuple(_families(measures, before))))
    return registry


def exposition(measures: Iterable[Measure], before: str = "") -> str:
    """The same as text."""
    return generate_latest(registry_of(measures, before)).decode("utf-8")


def _families(measures: Iterable[Measure], before: str) -> Iterator[Metric]:
    new = {measure.name: _family(measure) for measure in measures}
    for old in text_string_to_metric_families(before):
        if not old.name.startswith(OURS):
            raise ValueError(f"{old.name} is none of ours")
        family = new.setdefault(old.name, GaugeMetricFamily(old.name, old.documentation))
        spoken_of = {_of(sample) for sample in family.samples}
        family.samples += [one for one in old.samples if _of(one) not in spoken_of]
    for name in sorted(new):
        new[name].samples.sort(key=lambda sample: sorted(sample.labels.items()))
        yield new[name]


def _family(measure: Measure) -> Metric:
    family = GaugeMetricFamily(measure.name, measure.text)
    for labels, value in measure.values:
        family.add_sample(measure.name, dict(labels), value)
    return family


def _of(sample: Sample) -> tuple[str | None, str | None]:
    return sample.labels.get("tenant"), sample.labels.get("command")
