"""The compose file: valid by the specification, hardened, and of one mind with the config."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from compose_spec.models import ComposeSpecification

from syncer import __version__
from syncer.asana.settings import RetryPolicy
from syncer.config.loader import load_config
from tests.story.harness import House
from tests.story.told import ROOT, page

FOLDER = ROOT / "configs" / "compose"
TOLD: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = TOLD["services"]


def test_it_fits_the_specification() -> None:
    # Anchors are resolved by YAML, before the specification has its say.
    assert sorted(PyCompose.from_yaml(yaml.safe_dump(TOLD)).service_names()) == sorted(SERVICES)
    ComposeSpecification.model_validate(TOLD)


def test_the_specification_refuses_what_is_misspelt() -> None:
    misspelt = {**TOLD, "services": {"plan": {**SERVICES["plan"], "read_onyl": True}}}
    with pytest.raises(ValueError, match="read_onyl"):
        PyCompose.from_yaml(yaml.safe_dump(misspelt))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_and_is_not_started_again(name: str) -> None:
    service = SERVICES[name]
    assert service["image"] == f"syncer:{__version__}"
    assert service["restart"] == "no"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert f"\nUSER {service['user']}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert service["init"] is False
    assert {"mem_limit", "pids_limit"} <= service.keys()
    assert service["volumes"] == ["./config:/config:ro", "state:/state"]
    assert "environment" not in service
    assert (FOLDER / service["build"] / "Dockerfile").resolve() == ROOT / "Dockerfile"
    grace = re.fullmatch(r"(\d+)m", service["stop_grace_period"])
    assert grace is not None
    assert int(grace[1]) * 60 >= RetryPolicy().total_seconds + 60 + 30


def test_the_look_has_no_token_and_no_network() -> None:
    assert "secrets" not in SERVICES["health"]
    assert SERVICES["health"]["network_mode"] == "none"
    assert SERVICES["health"]["command"] == ["health"]
    assert {"plan", "apply"} == {name for name, one in SERVICES.items() if "secrets" in one}


def test_file_and_config_are_of_one_mind() -> None:
    config = load_config(FOLDER / "config" / "syncer.yaml").config
    (secret,) = TOLD["secrets"]
    assert config.asana.token is not None
    assert config.asana.token.model_dump() == {"file": f"/run/secrets/{secret}"}
    assert config.journal.startswith("/state/")
    assert str(config.ledger).startswith("/state/")


def test_the_config_holds(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "config", tmp_path, dirs_exist_ok=True)
    house = House(tmp_path)
    house.write("syncer.yaml", (FOLDER / "config/syncer.yaml").read_text().replace("/state/", ""))
    assert house.syncer("validate").code == 0


def test_the_page_names_what_is_there() -> None:
    told = page(FOLDER / "README.md")
    assert not told.broken_links()
    assert {path.name for path in FOLDER.iterdir()} - {"secrets"} == {
        "README.md",
        "compose.yaml",
        "config",
    }
    ran = re.findall(r"docker compose run --rm (?:-T )?([a-z]+)", told.text)
    assert set(ran) == set(SERVICES)
    assert TOLD["secrets"]["asana_scim_token"]["file"].removeprefix("./") in told.text
    assert "(`stop_grace_period`)" in told.text
