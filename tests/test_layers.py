"""The house stands as drawn: arrows point inwards, libraries stay in their rooms."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "syncer"

MAY_IMPORT = {
    "model": {"model"},
    "core": {"model", "core"},
    "config": {"model", "core", "config"},
    "sources": {"model", "core", "sources"},
    "asana": {"model", "core", "asana"},
    "apply": {"model", "core", "apply"},
    "render": {"model", "core", "render"},
    "sandbox": {"sandbox"},
    "watch": {"model", "watch"},
    "cli": {
        "model",
        "core",
        "config",
        "sources",
        "asana",
        "apply",
        "render",
        "sandbox",
        "watch",
        "cli",
    },
}

ROOMS = {
    "httpx": {"asana"},
    "jiter": {"asana/wire.py"},
    "ldap3": {"sources/ldap_connection.py"},
    "deepdiff": {"core/explain.py"},
    "yaml": {"config", "sources"},
    "click": {"cli"},
    "jinja2": {"core", "render"},
    "sqlite3": {"apply"},
    "structlog": {"cli", "asana", "apply"},
    "rich": {"cli"},
    "prometheus_client": {"watch"},
    "apprise": {"watch"},
}

IMPURE = {
    "asyncio",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "uuid",
}
"""What core may not import: it has no clock, environment, logging or I/O of its own."""

MOST_LINES = 400
"""Of a file, of the package and of its tests alike."""

IMPURE_CALLS = {"open", "print", "input", ".now", ".utcnow", ".today"}


def modules() -> Iterator[Path]:
    return PACKAGE.rglob("*.py")


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(node.module or "")
    return found


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


@pytest.mark.parametrize("path", sorted(modules()), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_inwards(path: Path) -> None:
    layer = layer_of(path)
    if layer.endswith(".py"):
        return
    ours = {name for name in imported(path) if name.startswith("syncer.")}
    reached = {name.split(".")[1] for name in ours}
    assert reached <= MAY_IMPORT[layer], f"{path.name} reaches {reached - MAY_IMPORT[layer]}"


@pytest.mark.parametrize("path", sorted(modules()), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    relative = str(path.relative_to(PACKAGE))
    for name in imported(path):
        rooms = ROOMS.get(name.split(".")[0])
        if rooms is not None:
            assert any(relative == room or relative.startswith(f"{room}/") for room in rooms), name


def called(path: Path) -> set[str]:
    """The names of all functions that a module calls; of methods with a dot before them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found.add(f".{node.func.attr}")
    return found


def impurities(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)} & IMPURE | called(path) & IMPURE_CALLS


@pytest.mark.parametrize(
    "path",
    sorted(p for p in modules() if layer_of(p) in {"core", "model"}),
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_the_core_is_pure(path: Path) -> None:
    assert not impurities(path)


@pytest.mark.parametrize(
    ("line", "noticed"),
    [
        ("from pathlib import Path", "pathlib"),
        ("import uuid, io", "uuid"),
        ("import os.path", "os"),
        ("then = datetime.now(UTC)", ".now"),
        ("day = date.today()", ".today"),
        ("text = open('x').read()", "open"),
    ],
)
def test_what_is_impure_is_noticed(line: str, noticed: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(line, encoding="utf-8")
    assert noticed in impurities(path)


@pytest.mark.parametrize("path", sorted(modules()), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
            start = body[1] if documented and len(body) > 1 else body[0]
            length = (node.end_lineno or 0) - start.lineno + 1
            assert length <= 40, f"{node.name} has {length} lines"


def test_files_of_tests_stay_readable() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "tests").rglob("*.py")
    }
    assert lines["tests/test_layers.py"]
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_the_rooms_of_the_core_keep_apart() -> None:
    """The way to the desired state and the way to the plan meet in the model alone."""
    apart = {
        "language": {"directory", "planning"},
        "directory": {"planning"},
        "planning": {"directory"},
    }
    for room, strangers in apart.items():
        for path in (PACKAGE / "core" / room).rglob("*.py"):
            reached = {
                name.split(".")[2] for name in imported(path) if name.startswith("syncer.core.")
            }
            assert not reached & strangers, path.name


def test_the_top_level_is_as_drawn() -> None:
    allowed = {
        "pyproject.toml",
        "README.md",
        "Dockerfile",
        "LICENSE",
        "requirements.lock",
        "syncer",
        "configs",
        "tests",
    }
    scratch = {"dist", "build", "syncer-demo"}
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    assert found - scratch <= allowed
