"""A config file as YAML nodes: what stands where. Knows nothing of our keys."""

import codecs
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from syncer.config.finding import Plain
from syncer.config.syntax import syntax_problem
from syncer.model.errors import UsageError
from syncer.model.origin import Origin, Problem

_STANDARD: Final = "tag:yaml.org,2002:"
_NULL: Final = f"{_STANDARD}null"
_MERGE: Final = f"{_STANDARD}merge"
_TAGS: Final = frozenset(
    _STANDARD + name
    for name in (
        "str",
        "int",
        "float",
        "bool",
        "null",
        "timestamp",
        "value",
        "merge",
        "map",
        "seq",
    )
)

# A page of nested aliases can stand for more values than memory holds.
_MOST_NODES: Final = 1_000_000
_DEEPEST: Final = 32


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file that could be read, with the place of every key.

    `problems` are faults of the YAML itself that leave the rest readable, such as a key that
    stands twice.
    """

    path: str
    root: yaml.MappingNode = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def data(self) -> dict[str, Plain]:
        """The values, every scalar as written; the first of two equal keys."""
        return {key: _plain(value) for key, (_, value) in _entries(self.root).items()}

    def where(self, *location: str | int) -> Origin:
        """The place of the deepest part of `location` that stands in the file.

        Without a line when not even its first part does.
        """
        node: yaml.Node = self.root
        line: int | None = None
        for part in location:
            found = _step(node, part)
            if found is None:
                break
            line, node = found
        return Origin(self.path, line)


def read_document(path: Path) -> Document:
    """Read the file at `path`.

    Raises UsageError when it is missing, empty, undecodable or no YAML mapping.
    """
    name = str(path)
    text = _decoded(_content(path), name)
    try:
        _refuse_depth(text, name)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        problem = syntax_problem(error, text, name)
        raise UsageError(f"{name} is not readable as YAML", problems=(problem,)) from None
    if root is None or root.tag == _NULL:
        raise UsageError(f"{name} is empty", "`syncer init` writes a starter config")
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(
            f"{name} holds no keys", "a config starts with `version: 1`; is it the right file?"
        )
    return Document(name, root, tuple(_Walk(name).problems(root)))


def _content(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            # Opening one may wait for ever, and reading it may never end.
            raise UsageError(
                f"{path} is a pipe or a device, not a config file",
                "name a file with -c FILE or SYNCER_CONFIG",
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"no config file at {path}",
            "name one with -c FILE or SYNCER_CONFIG; `syncer init` writes a starter",
        ) from None
    except IsADirectoryError:
        raise UsageError(
            f"{path} is a folder, not a config file", f"did you mean {path / 'syncer.yaml'}?"
        ) from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}",
            "is the path right, and may this user read it?",
        ) from None


def _decoded(content: bytes, name: str) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = None if wide else content.count(b"\n", 0, error.start) + 1
        problem = Problem(
            Origin(name, line),
            f"not valid {'UTF-16' if wide else 'UTF-8'}",
            hint="save the file as UTF-8",
        )
        raise UsageError(f"{name} is not readable as text", problems=(problem,)) from None


def _refuse_depth(text: str, name: str) -> None:
    # Composing nodes is recursive in C: a file of 100,000 brackets would end the process.
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            line = text.count("\n", 0, event.start_mark.index) + 1 if event.start_mark else None
            origin = Origin(name, line)
            problem = Problem(origin, "more nested than any config", "is it the right file?")
            raise UsageError(f"{name} cannot be used", problems=(problem,))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _step(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    """The line and the node one part further down; None when it is not there."""
    if isinstance(node, yaml.MappingNode):
        entry = _entries(node).get(str(part))
        return None if entry is None else (_line(entry[0]), entry[1])
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return _line(item), item
    return None


def _entries(node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Key and value nodes by key; what a `<<` merges in stands behind what is written here."""
    found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    merged: list[yaml.Node] = []
    for key, value in node.value:
        if key.tag == _MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif isinstance(key, yaml.ScalarNode):
            found.setdefault(key.value, (key, value))
    for source in merged:
        if isinstance(source, yaml.MappingNode):
            for name, entry in _entries(source).items():
                found.setdefault(name, entry)
    return found


def _plain(node: yaml.Node) -> Plain:
    if isinstance(node, yaml.MappingNode):
        return {key: _plain(value) for key, (_, value) in _entries(node).items()}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return None if node.tag == _NULL else str(node.value)


@dataclass(slots=True)
class _Walk:
    """One visit of every node, which proves that later visits end."""

    path: str
    visited: int = 0

    def problems(self, node: yaml.Node, above: tuple[yaml.Node, ...] = ()) -> Iterator[Problem]:
        """Yield the faults of this node and all below it.

        Raises UsageError for a document that nobody could walk to its end.
        """
        self.visited += 1
        if self.visited > _MOST_NODES or len(above) > _DEEPEST:
            raise self._endless(node, "aliases that stand for more than any config holds")
        if any(node is other for other in above):
            raise self._endless(node, "an anchor that contains itself")
        if node.tag not in _TAGS:
            yield self._at(
                node,
                f"the tag '{node.tag.removeprefix(_STANDARD)}' has no meaning here",
                "write a plain value; a secret is {env: NAME} or {file: PATH}",
            )
        if isinstance(node, yaml.MappingNode):
            yield from self._keys(node)
        for child in _children(node):
            yield from self.problems(child, (*above, node))

    def _keys(self, node: yaml.MappingNode) -> Iterator[Problem]:
        first: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                # `title: {{ sn }}` is a mapping inside a mapping to YAML.
                yield self._at(
                    key,
                    "braces where a key should stand",
                    'put a template in quotes: "{{ givenName }} {{ sn }}"',
                )
            elif key.tag == _MERGE:
                if not _mergeable(value):
                    summary = "'<<' takes an alias of keys and values"
                    yield self._at(key, summary, "for example <<: *defaults")
            elif key.value in first:
                summary = (
                    f"key '{key.value}' stands twice (first at {self._place(first[key.value])})"
                )
                yield self._at(key, summary, "keep one of the two")
            else:
                first[key.value] = key

    def _place(self, node: yaml.Node) -> Origin:
        return Origin(self.path, _line(node))

    def _at(self, node: yaml.Node, summary: str, hint: str = "") -> Problem:
        return Problem(self._place(node), summary, hint)

    def _endless(self, node: yaml.Node, summary: str) -> UsageError:
        problem = self._at(node, summary, "write the values out instead of using aliases")
        return UsageError(f"{self.path} cannot be read", problems=(problem,))


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield value


def _mergeable(node: yaml.Node) -> bool:
    if isinstance(node, yaml.SequenceNode):
        return all(isinstance(item, yaml.MappingNode) for item in node.value)
    return isinstance(node, yaml.MappingNode)
