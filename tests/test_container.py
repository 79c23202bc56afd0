"""What the container promises, read off the Dockerfile: small, pinned, without rights."""

import fnmatch
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BUILD, FINAL = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]


def test_the_base_is_pinned_and_slim() -> None:
    pinned = r"^ARG BASE=docker\.io/library/python:3\.13\.\d+-slim-\w+$"
    assert re.search(pinned, DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE}"] * 2


def test_the_final_stage_has_no_compiler_and_no_rights() -> None:
    assert "pip install" not in FINAL
    assert "apt" not in FINAL
    user = re.search(r"^USER (\d+):(\d+)$", FINAL, re.MULTILINE)
    assert user is not None
    assert user.group(1) != "0"


def test_it_plans_by_default_and_takes_any_other_command() -> None:
    assert 'ENTRYPOINT ["syncer"]' in FINAL
    assert FINAL.rstrip().endswith('CMD ["plan"]')


def test_the_build_installs_the_locked_versions_and_is_tried_once() -> None:
    assert "--require-hashes" in BUILD
    assert "syncer --version" in BUILD


def test_all_that_is_copied_is_let_through() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    allowed = [line.removeprefix("!") for line in ignore if line.startswith("!")]
    for copied in re.findall(r"^COPY ([^-\n].*) \S+$", BUILD, re.MULTILINE):
        for name in copied.split():
            assert any(fnmatch.fnmatch(name, pattern) for pattern in allowed), name
            assert (ROOT / name).exists()


def test_a_run_is_no_service_so_nobody_asks_it_for_its_health() -> None:
    instructions = re.findall(r"^([A-Z]+) ", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" not in instructions
    assert "STOPSIGNAL SIGTERM" in FINAL


def test_nothing_names_an_architecture() -> None:
    assert not re.search(
        r"amd64|arm64|x86_64|aarch64", re.sub("^#.*$", "", DOCKERFILE, flags=re.MULTILINE)
    )
    assert "curl" not in DOCKERFILE
    assert "wget" not in DOCKERFILE


def test_the_list_of_what_is_in_it_is_made_by_a_locked_tool_that_stays_outside() -> None:
    lock = (ROOT / ".ci" / "requirements-sbom.lock").read_text(encoding="utf-8")
    assert re.search(r"^cyclonedx-bom==[\d.]+ \\$", lock, re.MULTILINE)
    assert "/opt/sbom" in BUILD
    assert "/opt/sbom" not in FINAL
    (listed,) = re.findall(r"^COPY --from=build /syncer.cdx.json (\S+)$", FINAL, re.MULTILINE)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`{listed}`" in readme
    user = re.search(r"^USER (\d+):", FINAL, re.MULTILINE)
    assert user is not None
    assert f"The user is {user[1]}," in readme
