"""Build the image and run it as a cluster would: no daemon, no registry, no rights."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
IMAGE: Final = "localhost/syncer:tested"
USER: Final = 10001

HARDENED: Final = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
# Above the limits of this process the runtime may not go.
_LIMITS: Final = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")
_MOST_SECONDS: Final = 600


@dataclass(frozen=True)
class Ended:
    """How a container ended, and for how long its process ran."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass
class Engine:
    """Images and containers in a folder of their own."""

    folder: Path
    names: int = field(default=0, init=False)
    driver: str = field(default="vfs", init=False)

    def __post_init__(self) -> None:
        """Take layers where the kernel has them here; vfs copies the image for each container."""
        store = ("--root", str(self.folder / "probe"), "--runroot", str(self.folder / "probing"))
        probe = (*store, "--storage-driver=overlay", "info")
        if subprocess.run(["podman", *probe], capture_output=True, check=False).returncode == 0:  # noqa: S607
            self.driver = "overlay"

    @property
    def store(self) -> tuple[str, ...]:
        return ("--root", str(self.folder / "images"), "--runroot", str(self.folder / "run"))

    def build(self) -> str:
        """Build the image; gives what the script says of sizes."""
        done = subprocess.run(
            ["sh", "tests/container/build", IMAGE],  # noqa: S607
            cwd=ROOT,
            env={
                **os.environ,
                "BUILDAH_STORE": " ".join(self.store),
                "STORAGE_DRIVER": self.driver,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=_MOST_SECONDS,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def podman(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        # runc, for crun refuses mixed cgroups; cgroupfs, for systemd need not run here.
        options = (
            f"--storage-driver={self.driver}",
            "--cgroup-manager=cgroupfs",
            "--runtime=runc",
        )
        done = subprocess.run(
            ["podman", *self.store, *options, *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
            timeout=_MOST_SECONDS,
        )
        assert not check or done.returncode == 0, (arguments, done.stderr[-2000:])
        return done

    def create(self, *command: str, options: tuple[str, ...] = (), network: str = "none") -> str:
        """A container of the image, hardened; gives its name."""
        self.names += 1
        name = f"c{self.names}"
        how = ("--name", name, f"--network={network}", *HARDENED, *_LIMITS, *options)
        self.podman("create", *how, IMAGE, *command)
        return name

    def run(self, *command: str, options: tuple[str, ...] = (), network: str = "none") -> Ended:
        """Run a command in a container of its own, to its end."""
        name = self.create(*command, options=options, network=network)
        done = self.podman("start", "--attach", name, check=False)
        return self.ended(name, done.stdout, done.stderr)

    def ended(self, name: str, out: str = "", err: str = "") -> Ended:
        """How it ended; the container is gone then."""
        state = self.inspect(name)["State"]
        self.podman("rm", "--force", name)
        began, over = (_moment(state[key]) for key in ("StartedAt", "FinishedAt"))
        return Ended(state["ExitCode"], out, err, (over - began).total_seconds())

    def inspect(self, name: str) -> Any:
        return json.loads(self.podman("inspect", name).stdout)[0]

    def close(self) -> None:
        """Remove whatever is left; layers keep their folder mounted."""
        self.podman("rm", "--all", "--force", check=False)
        for mounted in self.folder.glob("*/overlay"):
            subprocess.run(["umount", str(mounted)], capture_output=True, check=False)  # noqa: S607
        shutil.rmtree(self.folder, ignore_errors=True)


def until(there: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, f"{what}: not within {seconds:g} seconds"
        time.sleep(0.02)


def _moment(text: str) -> datetime:
    """A time of podman's, which has nanoseconds."""
    head, _, rest = text.partition(".")
    digits = "".join(char for char in rest if char.isdigit())[:6] or "0"
    zone = "+00:00" if text.endswith("Z") else text[-6:]
    return datetime.fromisoformat(f"{head[:19]}.{digits:0<6}{zone}")
