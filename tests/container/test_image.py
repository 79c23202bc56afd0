"""The image, really built and really run: without root, without a writable file system.

Takes minutes, root, and buildah, debootstrap, podman and runc of Debian. So it runs where
SYNCER_NEEDS_CONTAINER=1 says so, as continuous integration does; there what is missing fails.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer import __version__
from syncer.sandbox import Sandbox
from syncer.sandbox.server import SandboxServer
from tests.container.engine import IMAGE, ROOT, USER, Ended, Engine, until
from tests.story.harness import CONFIG, PEOPLE

pytestmark = pytest.mark.skipif(
    not os.environ.get("SYNCER_NEEDS_CONTAINER"),
    reason="takes minutes and root; SYNCER_NEEDS_CONTAINER=1 asks for it",
)

TOKEN = "0/7c2ad1f09e44"
STATE = "journal: /state/journal\nledger: /state/ledger.sqlite\n"
EMBEDDED = CONFIG.replace("sandbox: tenant.json", "sandbox: /state/tenant.json") + STATE


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    # podman takes no folder of more than 50 letters for what runs.
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        engine = Engine(Path(folder))
        try:
            engine.build()
            yield engine
        finally:
            engine.close()


class Home:
    """What an administrator mounts: a config to read, and a volume to write."""

    def __init__(self, engine: Engine, folder: Path, config: str = EMBEDDED) -> None:
        self.engine = engine
        self.config, self.state = folder / "config", folder / "state"
        self.config.mkdir()
        self.state.mkdir(mode=0o700)
        os.chown(self.state, USER, USER)
        (self.config / "syncer.yaml").write_text(config, encoding="utf-8")
        (self.config / "people.csv").write_text(PEOPLE, encoding="utf-8")
        # Whoever runs these tests may have a private umask.
        for path in (folder, self.config, *self.config.iterdir()):
            path.chmod(0o755)

    @property
    def mounts(self) -> tuple[str, ...]:
        return ("-v", f"{self.config}:/config:ro", "-v", f"{self.state}:/state")

    def run(self, *command: str, options: tuple[str, ...] = (), network: str = "none") -> Ended:
        return self.engine.run(*command, options=(*self.mounts, *options), network=network)

    @property
    def journals(self) -> list[Path]:
        return sorted((self.state / "journal").glob("*.jsonl"))


@pytest.fixture
def home(engine: Engine, tmp_path: Path) -> Home:
    return Home(engine, tmp_path)


def test_what_the_image_says_of_itself(engine: Engine) -> None:
    config = engine.inspect(IMAGE)["Config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Entrypoint"] == ["syncer"]
    assert config["Cmd"] == ["plan"]
    assert config["StopSignal"] == "SIGTERM"
    assert set(config["Volumes"]) == {"/state"}
    assert not config.get("Healthcheck")
    assert config["Labels"]["org.opencontainers.image.title"] == "syncer"
    assert config["Labels"]["org.opencontainers.image.version"] == __version__
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert re.fullmatch(r"[0-9a-f]{40}|", config["Labels"]["org.opencontainers.image.revision"])


def test_it_lists_what_is_in_it(engine: Engine) -> None:
    path = "/usr/share/doc/syncer/syncer.cdx.json"
    listed = json.loads(engine.run(path, options=("--entrypoint", "cat")).out)
    assert listed["bomFormat"] == "CycloneDX"
    assert listed["metadata"]["component"]["name"] == "syncer"
    found = {one["name"].lower().replace("_", "-"): one for one in listed["components"]}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    wanted = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    assert "httpx" in wanted
    # What only another Python or system needs is locked, but not installed.
    assert set(found) - {"syncer"} <= set(wanted)
    missing = set(wanted) - set(found)
    markers = set(re.findall(r"^([\w.-]+)==\S+ ;", lock, re.MULTILINE))
    assert missing <= markers, missing
    assert {name: one["version"] for name, one in found.items()}["httpx"] == wanted["httpx"]
    assert all(one["licenses"] for one in found.values())


def test_it_runs_without_any_rights_and_can_write_nothing(home: Home) -> None:
    script = """
    id -u
    grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'
    for place in / /opt/syncer /opt/syncer/bin /config /etc /usr; do
        touch "$place/x" 2>/dev/null && echo "wrote $place"
    done
    touch /state/x && echo state
    ls /opt/syncer/bin/pip 2>/dev/null
    find /opt/syncer -name __pycache__ -newer /config -print -quit
    """
    ended = home.run("-c", script, options=("--entrypoint", "sh"))
    none = "0" * 16
    assert ended.out.splitlines() == [
        str(USER),
        f"CapBnd:{none}" if "CapBnd" in ended.out.splitlines()[1] else f"CapEff:{none}",
        f"CapBnd:{none}",
        "NoNewPrivs:1",
        "state",
    ]


def test_it_plans_by_default_and_applies_on_request_and_remembers(home: Home) -> None:
    planned = home.run()
    assert planned.code == 0, planned
    assert planned.out.startswith("plan: nothing is changed in Asana\n")
    assert not home.journals
    assert home.run("health").code == 1
    applied = home.run("apply", "--yes", "--quiet")
    assert applied.code == 0, applied
    assert home.run("plan", "--detailed-exitcode").code == 0
    healthy = home.run("health")
    assert (healthy.code, healthy.out[:8]) == (0, "healthy:")
    (journal,) = home.journals
    assert home.run("show", "--verify", f"/state/journal/{journal.name}").code == 0
    assert journal.stat().st_uid == USER


def test_as_a_user_without_a_name_it_works_as_well(home: Home) -> None:
    os.chown(home.state, 54321, 0)
    applied = home.run("apply", "--yes", "--quiet", options=("--user=54321:0",))
    assert applied.code == 0, applied
    assert home.run("health", options=("--user=54321:0",)).code == 0


def test_a_state_that_cannot_be_written_ends_the_run_before_any_change(home: Home) -> None:
    os.chown(home.state, 0, 0)
    (home.config / "syncer.yaml").write_text(EMBEDDED.replace("/state/tenant", "/tmp/tenant"))
    ended = home.run("apply", "--yes", "--quiet")
    assert ended.code == 1, ended
    assert "error: " in ended.err
    told = home.run("health")
    assert told.code == 1
    assert "the next run cannot begin" in told.out


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A tenant on a port of this machine, as Asana would be on the network; gives its address."""
    state = folder / "tenant.json"
    state.write_text(json.dumps({"sandbox": 1, "token": TOKEN, "domains": ["example.com"]}))
    server = SandboxServer(Sandbox.open(state))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()


def remote(url: str, more: str = "") -> str:
    where = f"base_url: {url}\n  token: {{file: /run/secrets/asana_scim_token}}\n  {more}"
    return CONFIG.replace("sandbox: tenant.json", where) + STATE


def secret(folder: Path) -> tuple[str, ...]:
    path = folder / "token"
    path.write_text(f"{TOKEN}\n")
    os.chown(path, USER, USER)
    path.chmod(0o400)
    return ("-v", f"{path}:/run/secrets/asana_scim_token:ro")


def leaks(home: Home, ended: Ended) -> list[str]:
    """Where the token can be read that should not be there."""
    texts = {"stdout": ended.out, "stderr": ended.err}
    files = (path for path in home.state.rglob("*") if path.is_file())
    texts |= {str(path): path.read_text(errors="replace") for path in files}
    return [name for name, text in texts.items() if TOKEN in text]


def test_the_token_is_mounted_and_stays_where_it_is(engine: Engine, tmp_path: Path) -> None:
    with served(tmp_path) as url:
        home = Home(engine, tmp_path, remote(url))
        options = secret(tmp_path)
        ended = home.run("apply", "--yes", options=options, network="host")
    assert ended.code == 0, ended
    assert leaks(home, ended) == []
    tenant = json.loads((tmp_path / "tenant.json").read_text(encoding="utf-8"))
    assert len(tenant["users"]) == 3


def test_told_to_stop_it_ends_in_order_and_the_next_run_goes_on(
    engine: Engine, tmp_path: Path
) -> None:
    crowd = "".join(f"1{n:03},s{n}@example.com,S,{n},Guest,Sales,,active\n" for n in range(200))
    with served(tmp_path) as url:
        home = Home(engine, tmp_path, remote(url, "requests_per_minute: 300"))
        (home.config / "people.csv").write_text(PEOPLE + crowd, encoding="utf-8")
        mounts = (*home.mounts, *secret(tmp_path))
        command = ("apply", "--yes", "--quiet", "--allow", "create=999")
        name = engine.create(*command, options=mounts, network="host")
        engine.podman("start", name)
        until(lambda: any('"outcome"' in path.read_text() for path in home.journals), "an outcome")
        engine.podman("stop", "--time=60", name)
        ended = engine.ended(name)
        assert ended.code == 130
        (journal,) = home.journals
        lines = [json.loads(line) for line in journal.read_text().splitlines()]
        assert [line["entry"] for line in lines[-2:]] == ["footer", "end"]
        assert lines[-2]["status"] == "interrupted"
        shown = home.run("show", "--verify", f"/state/journal/{journal.name}")
        assert shown.code == 0, shown
        told = home.run("health")
        assert (told.code, "was interrupted" in told.out) == (1, True)
        (home.config / "syncer.yaml").write_text(remote(url), encoding="utf-8")
        assert home.run(*command, options=secret(tmp_path), network="host").code == 0
        assert home.run("health").code == 0
    tenant = json.loads((tmp_path / "tenant.json").read_text(encoding="utf-8"))
    assert len(tenant["users"]) == 203


def test_how_large_it_is_and_how_soon_it_starts(
    engine: Engine, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = {
        " ".join(command): home.run(*command).seconds
        for command in (("--version",), ("health",), ("validate",))
    }
    size = engine.inspect(IMAGE)["Size"] / 1e6
    ours = engine.run("-sk", "/opt/syncer", options=("--entrypoint", "du")).out.split()[0]
    with capsys.disabled():
        said = ", ".join(f"{command} {took:.2f} s" for command, took in seconds.items())
        sys.stdout.write(
            f"\nimage: {size:.0f} MB, {int(ours) / 1000:.0f} MB of them ours; {said}\n"
        )
    assert int(ours) < 80_000
    assert max(seconds.values()) < 20


def test_nothing_is_missing_here() -> None:
    for program in ("buildah", "debootstrap", "podman", "runc"):
        assert shutil.which(program), f"{program} is wanted: apt-get install {program}"
