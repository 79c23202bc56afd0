"""The manifests: valid by the published schemas, hardened, and of one mind with the config."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from syncer import __version__
from syncer.asana.settings import RetryPolicy
from syncer.config.loader import load_config
from syncer.model.policy.config import Config
from tests.schedule.manifests import (
    FOLDER,
    OVERLAYS,
    ROOT,
    Manifest,
    documents,
    identity,
    jobs,
    kustomization,
    laid_over,
    patches,
    pod,
)
from tests.story.harness import House
from tests.story.told import page

OLDEST = "1.29"
"""The first Kubernetes in which nothing of these manifests is a beta."""

VERSIONS = (OLDEST, kubernetes_validate.latest_version())
HARDENED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "privileged": False,
    "capabilities": {"drop": ["ALL"]},
}
NOBODY = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "runAsGroup": 10001,
    "fsGroup": 10001,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}
each_tenant = pytest.mark.parametrize("overlay", OVERLAYS)


def config_of(overlay: str) -> Config:
    return load_config(FOLDER / "overlays" / overlay / "syncer.yaml").config


def minutes(schedule: str) -> int:
    """The minute of the day at which a daily schedule comes."""
    told = re.fullmatch(r"(\d+) (\d+) \* \* \*", schedule)
    assert told, schedule
    return int(told[2]) * 60 + int(told[1])


def all_jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{overlay}-{name}")
        for overlay in OVERLAYS
        for name, job in jobs(laid_over(overlay)).items()
    ]


@each_tenant
@pytest.mark.parametrize("version", VERSIONS)
def test_each_resource_fits_the_published_schema(overlay: str, version: str) -> None:
    manifests = laid_over(overlay)
    kinds = {manifest["kind"] for manifest in manifests}
    assert kinds >= {
        "CronJob",
        "Namespace",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "Secret",
        "ServiceAccount",
    }
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schema_refuses_what_is_misspelt() -> None:
    job = jobs(laid_over("tenant-a"))["apply"]
    job["spec"]["concurencyPolicy"] = "Forbid"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, OLDEST, strict=True)


def test_no_file_is_forgotten() -> None:
    for folder in (FOLDER / "base", *(FOLDER / "overlays" / name for name in OVERLAYS)):
        told = kustomization(folder)
        named = {name for name in told["resources"] if (folder / name).is_file()}
        named |= {patch["path"] for patch in told.get("patches", ())}
        named |= {name for made in told.get("configMapGenerator", ()) for name in made["files"]}
        assert {path.name for path in folder.iterdir()} == {*named, "kustomization.yaml"}


@each_tenant
def test_a_patch_changes_something_that_is_there(overlay: str) -> None:
    folder = FOLDER / "overlays" / overlay
    base = {identity(one) for one in laid_over(overlay)}
    assert {identity(patch) for patch in patches(folder)} <= base


@pytest.mark.parametrize("job", all_jobs())
def test_a_job_runs_alone_once_and_without_rights(job: Manifest) -> None:
    spec, template = job["spec"], job["spec"]["jobTemplate"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["timeZone"] == "Etc/UTC"
    # Below 10 seconds the controller may never start one; 200 and more misses stop it for good.
    assert 10 <= spec["startingDeadlineSeconds"] < 24 * 3600
    assert template["backoffLimit"] == 0
    what = pod(job)
    assert what["restartPolicy"] == "Never"
    assert what["automountServiceAccountToken"] is False
    assert what["enableServiceLinks"] is False
    assert what["securityContext"] == NOBODY
    (container,) = what["containers"]
    assert container["securityContext"] == HARDENED
    assert set(container["resources"]) == {"requests", "limits"}
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    assert "env" not in container
    assert what.keys() & {"hostNetwork", "hostPID", "hostIPC"} == set()
    writable = [one["name"] for one in container["volumeMounts"] if not one.get("readOnly")]
    assert writable == ["state"]
    mounted = {one["name"] for one in container["volumeMounts"]}
    assert {one["name"] for one in what["volumes"]} == mounted


@each_tenant
def test_only_the_run_has_the_token_and_only_the_run_has_the_network(overlay: str) -> None:
    manifests = laid_over(overlay)
    found = jobs(manifests)
    assert found.keys() == {"apply", "health"}
    volumes = {
        name: {volume["name"] for volume in pod(job)["volumes"]} for name, job in found.items()
    }
    assert volumes["apply"] >= {"config", "token", "state"}
    assert volumes["health"] == {"config", "state"}
    policies = {
        one["metadata"]["name"]: one for one in manifests if one["kind"] == "NetworkPolicy"
    }
    nothing = policies.pop("nothing")["spec"]
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (way_out,) = policies.values()
    labels = way_out["spec"]["podSelector"]["matchLabels"]
    for name, job in found.items():
        carried = job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
        assert (labels.items() <= carried.items()) is (name == "apply")
    ports = {rule["port"] for one in way_out["spec"]["egress"] for rule in one["ports"]}
    assert ports == {53, 443}


@each_tenant
def test_manifests_and_config_are_of_one_mind(overlay: str) -> None:
    config, manifests = config_of(overlay), laid_over(overlay)
    found = jobs(manifests)
    apply, health = found["apply"], found["health"]
    (container,) = pod(apply)["containers"]
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    (secret,) = [one for one in manifests if one["kind"] == "Secret"]
    (key,) = secret["stringData"]
    assert config.asana.token is not None
    assert config.asana.token.model_dump() == {"file": f"{mounts['token']}/{key}"}
    assert config.journal == f"{mounts['state']}/journal"
    assert config.ledger == f"{mounts['state']}/ledger.sqlite"
    for source in config.directory.people:
        assert source.format != "ldap"
        inside = source.path.startswith("/")
        assert not inside or source.path.startswith(f"{mounts['export']}/")
    claims = {
        one["metadata"]["name"] for one in manifests if one["kind"] == "PersistentVolumeClaim"
    }
    wanted = {
        volume["persistentVolumeClaim"]["claimName"]
        for job in found.values()
        for volume in pod(job)["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert wanted == claims
    # The clocks: a run that lasts as long as it may is not stuck, and over before its health.
    longest = apply["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    late = apply["spec"]["startingDeadlineSeconds"]
    grace = pod(apply)["terminationGracePeriodSeconds"]
    assert longest + grace < config.health.max_run_hours * 3600
    begins, looks = (minutes(job["spec"]["schedule"]) for job in (apply, health))
    assert begins * 60 + late + longest + grace <= looks * 60 + 3600
    assert begins * 60 + longest + grace < looks * 60
    assert config.health.max_age_hours * 60 > 24 * 60 + late / 60
    assert grace >= RetryPolicy().total_seconds + config.asana.timeout_seconds + 30


def test_tenants_have_nothing_but_the_base_in_common() -> None:
    folders = [FOLDER / "overlays" / name for name in OVERLAYS]
    namespaces = [kustomization(folder)["namespace"] for folder in folders]
    assert len(set(namespaces)) == len(folders) == 2
    for folder, namespace in zip(folders, namespaces, strict=True):
        (made,) = documents(folder / "namespace.yaml")
        assert made["metadata"]["name"] == namespace
        assert made["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    at = [minutes(jobs(laid_over(name))["apply"]["spec"]["schedule"]) for name in OVERLAYS]
    assert min(abs(one - other) for one in at for other in at if one != other) >= 60


def test_the_image_is_this_version_and_its_user_is_the_one_that_is_named() -> None:
    for folder in (FOLDER / "overlays" / name for name in OVERLAYS):
        (image,) = kustomization(folder)["images"]
        assert image["newTag"] == __version__
        assert {
            container["image"]
            for job in jobs(laid_over(folder.name)).values()
            for container in pod(job)["containers"]
        } == {f"{image['name']}:{__version__}"}
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"\nUSER {NOBODY['runAsUser']}:{NOBODY['runAsGroup']}\n" in dockerfile


@each_tenant
def test_the_config_of_a_tenant_holds(overlay: str, tmp_path: Path) -> None:
    folder = FOLDER / "overlays" / overlay
    house = House(tmp_path)
    text = (folder / "syncer.yaml").read_text(encoding="utf-8")
    people = (FOLDER / "overlays" / "tenant-a" / "people.csv").read_text(encoding="utf-8")
    house.write("people.csv", people.replace("@a.", f"@{overlay[-1]}."))
    house.write(
        "syncer.yaml",
        text.replace("/export/", "").replace("/state/", "").replace("min_people: 40000, ", ""),
    )
    ended = house.syncer("validate")
    assert ended.code == 0, ended
    assert "2 people" in ended.out


def test_the_secret_that_is_shown_is_none() -> None:
    for name in OVERLAYS:
        (secret,) = documents(FOLDER / "overlays" / name / "secret.yaml")
        assert secret["stringData"]["token"].startswith("replace-this")


@each_tenant
def test_kustomize_makes_of_it_what_these_tests_look_at(overlay: str) -> None:
    kubectl = shutil.which("kubectl")
    command = [kubectl, "kustomize"] if kubectl else [shutil.which("kustomize") or "", "build"]
    if not command[0]:
        pytest.skip("neither kubectl nor kustomize is installed")
    done = subprocess.run(
        [*command, str(FOLDER / "overlays" / overlay)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one]
    for manifest in made:
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)
        namespace = kustomization(FOLDER / "overlays" / overlay)["namespace"]
        where = manifest["metadata"].get("namespace", manifest["metadata"]["name"])
        assert where == namespace
    (config,) = [one for one in made if one["kind"] == "ConfigMap"]
    ours = jobs(laid_over(overlay))
    for name, job in jobs(made).items():
        del job["spec"]["jobTemplate"]["metadata"]
        labels = job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
        assert labels["app.kubernetes.io/component"] == name
        labels.clear()
        ours[name]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"] = {}
        for volume in pod(job)["volumes"]:
            if volume["name"] == "config":
                assert volume["configMap"]["name"] == config["metadata"]["name"]
                volume["configMap"]["name"] = "config"
        for spec in (pod(job), pod(ours[name])):
            spec["volumes"].sort(key=lambda one: str(one["name"]))
            spec["containers"][0]["volumeMounts"].sort(key=lambda one: str(one["name"]))
        assert job["spec"] == ours[name]["spec"]


def test_the_page_tells_the_numbers_that_are_in_the_manifests() -> None:
    told = page(FOLDER / "README.md")
    assert not told.broken_links()
    for overlay in OVERLAYS:
        config, found = config_of(overlay), jobs(laid_over(overlay))
        (container,) = pod(found["apply"])["containers"]
        minute, hour = found["apply"]["spec"]["schedule"].split()[:2]
        row = re.search(rf"^\| {overlay} \|.*$", told.text, re.MULTILINE)
        assert row is not None
        assert f"| {hour:0>2}:{minute} |" in row[0]
        assert f"| {config.asana.share:.1f} |" in row[0]
        assert f"| {container['resources']['limits']['memory']} |" in row[0]
