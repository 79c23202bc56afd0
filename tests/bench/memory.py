"""How much memory a plan takes: `python -m tests.bench.memory 1000 10000`.

The tenant is served on a port by another process; everybody in it gets another title and a name,
which is the most that a plan can have of ordinary changes. Prints the greatest resident size of
the process that plans, and its seconds.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.pace import SYNCER, address

CONFIG: Final = """\
version: 1
asana: {{base_url: "{url}", token: {{file: token}}, domains: [example.com], workspace: null}}
directory: {{people: [{{format: csv, path: people.csv}}], key: employeeNumber}}
mapping: {{userName: mail, name.formatted: "{{{{ givenName }}}} {{{{ sn }}}}", title: title}}
guards: {{update: null}}
"""


def main() -> None:
    """Plan for each of the numbers of people on the command line."""
    for people in map(int, sys.argv[1:] or ["1000"]):
        with tempfile.TemporaryDirectory() as name:
            mebibytes, seconds = planned(Path(name), people)
        print(f"{people:>7,} people  {mebibytes:>5.0f} MiB  {seconds:>5.1f} seconds")  # noqa: T201


def planned(folder: Path, people: int) -> tuple[float, float]:
    """The greatest size, in MiB, and the seconds of a plan in which everybody changes."""
    head = "employeeNumber,mail,givenName,sn,title\n"
    rows = "".join(f"{one:06},u{one}@example.com,Une,Ix{one},New\n" for one in range(people))
    (folder / "people.csv").write_text(head + rows, encoding="utf-8")
    users = [
        {"id": str(one + 1), "userName": f"u{one}@example.com", "title": "Old"}
        for one in range(people)
    ]
    state = {"sandbox": 1, "switches": {"paging": "honours"}, "token": "bench", "users": users}
    (folder / "tenant.json").write_text(json.dumps(state), encoding="utf-8")
    (folder / "token").write_text("bench", encoding="utf-8")
    serve = [*SYNCER, "sandbox", "serve", "--port", "0", str(folder / "tenant.json")]
    server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    try:
        config = folder / "syncer.yaml"
        config.write_text(CONFIG.format(url=address(server)), encoding="utf-8")
        began = time.monotonic()
        plan = [*SYNCER, "-c", str(config), "plan", "--quiet"]
        quiet = subprocess.DEVNULL
        planner = subprocess.Popen(plan, stdout=quiet, stderr=quiet)
        # Of this process alone: the tenant's is larger.
        _, status, usage = os.wait4(planner.pid, 0)
        planner.returncode = os.waitstatus_to_exitcode(status)
        if planner.returncode:
            raise SystemExit(f"the plan ended with {planner.returncode}")
        return usage.ru_maxrss / 1024, time.monotonic() - began
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
