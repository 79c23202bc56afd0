"""A page for readers, taken at its word: its blocks, and its commands run where it stands.

Console blocks are commands with the output shown below each, where `...` stands for anything.
A comment `<!-- kind: name -->` above a block says what the block is.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"(?:<!-- (\w+): ([\w.]+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, with the comment above it."""

    kind: str
    name: str
    language: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page and its blocks, in order."""

    path: Path
    text: str
    blocks: tuple[Block, ...]

    def of_kind(self, kind: str) -> list[Block]:
        return [block for block in self.blocks if block.kind == kind]

    def commands(self) -> list[tuple[str, str]]:
        """Every command of the console blocks with the output shown below it."""
        found = []
        for block in self.blocks:
            if block.language == "console":
                for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                    command, _, output = part.partition("\n")
                    found.append((command, output))
        return found

    def broken_links(self) -> list[str]:
        """Every link that leads to no file beside the page, or to no heading of a page."""
        return [link for link in re.findall(r"\]\(([^)]+)\)", self.text) if not self._leads(link)]

    def _leads(self, link: str) -> bool:
        if link.startswith("https://"):
            return True
        name, _, heading = link.partition("#")
        target = self.path.parent / name if name else self.path
        return target.exists() and (not heading or heading in _headings(target))


def _headings(path: Path) -> set[str]:
    """The names that a page's headings have in links."""
    titles = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def page(path: Path) -> Page:
    """The page of this file."""
    text = path.read_text(encoding="utf-8")
    blocks = (
        Block(kind, name, language, body) for kind, name, language, body in _BLOCK.findall(text)
    )
    return Page(path, text, tuple(blocks))


def as_pattern(output: str) -> re.Pattern[str]:
    """The shown output, where `...` stands for anything."""
    return re.compile(".*?".join(map(re.escape, output.rstrip("\n").split("..."))), re.DOTALL)


def follow(told: Page, folder: Path, home: Path) -> None:
    """Type every command of the page in the folder; each must end well and print what is shown.

    `home` is an empty folder, for the program and for whatever belongs to nobody.
    """
    programs = home / "bin"
    programs.mkdir()
    (programs / "syncer").write_text(f'#!/bin/sh\nexec {sys.executable} -m syncer "$@"\n')
    (programs / "syncer").chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "LANG": "C.UTF-8",
    }
    for command, shown in told.commands():
        # On a terminal the log is quiet below warnings; here there is none.
        quiet = command.replace("syncer ", "syncer --log-level warning ", 1)
        done = subprocess.run(
            ["/bin/sh", "-c", f"{{ {quiet}\n}} 2>&1"],  # a shell is what readers type into
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout)
        assert as_pattern(shown).fullmatch(done.stdout.rstrip("\n")), (command, done.stdout)
