"""The manifests of configs/kubernetes, with the overlays laid over the base.

Kustomize itself is asked where it is installed. Elsewhere the few of its rules that these
overlays use are applied here, and a test holds both against each other where it can.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "configs" / "kubernetes"
OVERLAYS: Final = tuple(sorted(path.name for path in (FOLDER / "overlays").iterdir()))

_MERGED_BY: Final = {"containers": "name", "volumes": "name", "volumeMounts": "mountPath"}
"""The lists that a patch adds to by a key; any other list it would replace."""

Manifest = dict[str, Any]


def documents(path: Path) -> list[Manifest]:
    """The documents of one file."""
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def kustomization(folder: Path) -> Manifest:
    """What kustomize is told in a folder."""
    (told,) = documents(folder / "kustomization.yaml")
    return told


def resources(folder: Path) -> Iterator[Manifest]:
    """The resources of a folder and of those it stands on, as they are in their files."""
    for name in kustomization(folder)["resources"]:
        path = folder / name
        if path.is_dir():
            yield from resources(path.resolve())
        else:
            yield from documents(path)


def patches(folder: Path) -> Iterator[Manifest]:
    """The patches of an overlay."""
    for patch in kustomization(folder).get("patches", ()):
        yield from documents(folder / patch["path"])


def laid_over(overlay: str) -> list[Manifest]:
    """The resources of a tenant, patched; names, labels and namespaces are left to kustomize."""
    folder = FOLDER / "overlays" / overlay
    found = list(resources(folder))
    for patch in patches(folder):
        (place,) = [at for at, one in enumerate(found) if identity(one) == identity(patch)]
        found[place] = merged(found[place], patch)
    return found


def identity(manifest: Manifest) -> tuple[str, str]:
    """What kustomize finds a resource by."""
    return manifest["kind"], manifest["metadata"]["name"]


def merged(old: Any, new: Any, key: str = "") -> Any:
    """A strategic merge, as far as these patches need it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            name: merged(old[name], new[name], name) if name in old and name in new
            else new.get(name, old.get(name))
            for name in {**old, **new}
        }  # fmt: skip
    by = _MERGED_BY.get(key)
    if by is None or not isinstance(old, list):
        return new
    changes = {one[by]: one for one in new}
    kept = [merged(one, changes.pop(one[by], {})) for one in old]
    return [*kept, *changes.values()]


def jobs(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The CronJobs by name."""
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == "CronJob"}


def pod(job: Manifest) -> Manifest:
    """What a CronJob starts."""
    spec: Manifest = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec
