"""Two thousand writes against Asana's limits in real time: `python -m tests.bench.pace`.

The tenant is served on a port by another process, enforces 1,500 requests a minute, 50 reads and
15 writes in flight, and takes 300 ms for each answer. Prints what a run of the real command line
took, from its start to its end and with its readings, as a ratio to what the limits permit.
`python -m tests.bench.pace 1` counts the quota in windows of a second instead of a minute.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

PEOPLE: Final = 2000
LATENCY_MS: Final = 300
PER_MINUTE: Final = 1500
SYNCER: Final = (sys.executable, "-m", "syncer")

CONFIG: Final = """\
version: 1
asana: {{base_url: "{url}", token: {{file: token}}, domains: [example.com], workspace: null}}
directory: {{people: [{{format: csv, path: people.csv}}]}}
mapping: {{userName: mail, title: title}}
guards: {{update: null}}
"""


def main() -> None:
    """Furnish a tenant, change everybody's title, and print the figures."""
    window = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        furnish(folder, window)
        server = subprocess.Popen(
            [*SYNCER, "sandbox", "serve", "--port", "0", str(folder / "tenant.json")],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            url = address(server)
            (folder / "syncer.yaml").write_text(CONFIG.format(url=url), encoding="utf-8")
            report, seconds = applied(folder)
        finally:
            server.terminate()
            server.wait()
    tell(report, seconds)


def furnish(folder: Path, window: int) -> None:
    """A directory of people, and a tenant in which everybody has another title."""
    rows = "".join(f"u{one}@example.com,New\n" for one in range(PEOPLE))
    (folder / "people.csv").write_text("mail,title\n" + rows, encoding="utf-8")
    users = [{"id": str(one + 1), "userName": f"u{one}@example.com", "title": "Old"}
             for one in range(PEOPLE)]  # fmt: skip
    switches = {
        "latency_ms": LATENCY_MS,
        "requests_per_minute": PER_MINUTE,
        "quota_window_seconds": window,
        "paging": "honours",
    }
    document = {"sandbox": 1, "switches": switches, "token": "bench-token", "users": users}
    (folder / "tenant.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "token").write_text("bench-token", encoding="utf-8")


def address(server: "subprocess.Popen[str]") -> str:
    """The URL that the server says it serves."""
    for line in server.stdout or ():
        for word in line.split():
            if word.startswith("http://"):
                return word.rstrip(".,;")
    raise SystemExit("the sandbox did not say where it serves")


def applied(folder: Path) -> tuple[dict[str, dict[str, int]], float]:
    """The report of a run, and its seconds on the wall."""
    started = time.monotonic()
    ended = subprocess.run(
        [*SYNCER, "-c", str(folder / "syncer.yaml"), "apply", "--yes", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    report = json.loads(ended.stdout)
    events = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
    report["repeated"] = Counter(
        event["because"] for event in events if event["event"] == "request.repeated"
    )
    report["stages"] = next(
        event["seconds"] for event in events if event["event"] == "run.finished"
    )
    return report, seconds


def tell(report: dict[str, dict[str, int]], seconds: float) -> None:
    """The figures, for people."""
    sent = sum(report["requests"].values())
    throttled = sum(count for why, count in report["repeated"].items() if ": 429 " in why)
    bound = sent / (PER_MINUTE / 60)
    print(f"applied   {report['counts']['applied']:>7,} of {PEOPLE:,}")  # noqa: T201
    print(f"requests  {sent:>7,}  {report['requests']}")  # noqa: T201
    print(f"repeated  {sum(report['repeated'].values()):>7,}  {dict(report['repeated'])}")  # noqa: T201
    print(f"429s      {throttled:>7,}")  # noqa: T201
    print(f"seconds   {seconds:>7.1f}  where the limits permit {bound:.1f}")  # noqa: T201
    print(f"of which          {report['stages']}")  # noqa: T201
    print(f"ratio     {seconds / bound:>7.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
