"""What a YAML parser's complaint means to the person who wrote the file."""

from typing import Final

import yaml

from syncer.model.origin import Origin, Problem

_QUOTE: Final = "inside 'a text' a quote is written ''"
_ANYTHING: Final = "check the quotes, colons and indentation here and in the line above"
_INDENT: Final = (
    "the indentation does not fit what stands above, or a quote is not doubled",
    f"keys of one section start in the same column; {_QUOTE}",
)

_MEANINGS: Final = (
    (
        "mapping values are not allowed",
        "a second ':' in one line, or an indentation that does not fit",
        "put a text that contains ': ' in quotes",
    ),
    ("another document", "a second document begins here ('---')", "one file holds one config"),
    (
        "undefined alias",
        "an alias (*name) that no anchor (&name) explains",
        "put a text that starts with * in quotes",
    ),
    (
        "incompatible YAML",
        "a directive (%YAML) for another version of YAML",
        "remove the line that starts with %",
    ),
    (
        "incompatible YAML",
        "a directive (%YAML) for another version of YAML",
        "remove the line that starts with %",
    ),
    (
        "second occurrence",
        "an anchor (&name) that is set twice",
        "give the second one another name",
    ),
    ("expected ',' or ']'", "a '[' that is not closed, or a ',' that is missing", _QUOTE),
    ("expected ',' or '}'", "a '{' that is not closed, or a ',' that is missing", _QUOTE),
    (
        "expected alphabetic or numeric character",
        "a text that starts with * or &",
        "put it in quotes",
    ),
    ("could not find expected ':'", "a line that is neither a key nor a value", "keys end in ':'"),
    ("did not find expected '-' indicator", *_INDENT),
    ("did not find expected key", *_INDENT),
    ("unexpected end of stream", "a quote that is never closed", "close it where the text ends"),
)

# For these the parser notices at the end what went wrong at the beginning.
_AT_THE_BEGINNING: Final = (
    "unexpected end of stream",
    "expected ',' or",
    "could not find expected ':'",
)


def syntax_problem(error: yaml.YAMLError, text: str, path: str) -> Problem:
    """The one problem of a file that is no YAML, with its line. Repeats nothing of the file."""
    if isinstance(error, yaml.reader.ReaderError):
        # libyaml counts the bytes of UTF-8 here, and characters in its marks.
        line = text.encode()[: error.position].count(b"\n") + 1
        return Problem(
            Origin(path, line),
            f"a control character (U+{error.character:04X})",
            hint="is this a text file? save it as UTF-8",
        )
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(Origin(path), "not readable as YAML", _ANYTHING)
    complaint = error.problem or ""
    mark = noticed = error.problem_mark
    if any(words in complaint for words in _AT_THE_BEGINNING):
        mark = error.context_mark or mark
    origin = Origin(path, mark.line + 1 if mark else None)
    if "cannot start any token" in complaint and mark:
        return _odd_character(text[mark.index : mark.index + 1], origin)
    for words, summary, hint in _MEANINGS:
        if words in complaint:
            later = mark and noticed and noticed.line > mark.line
            told = f" (noticed in line {noticed.line + 1})" if noticed and later else ""
            return Problem(origin, summary + told, hint)
    return Problem(origin, f"not readable as YAML: {complaint}", _ANYTHING)


def _odd_character(character: str, origin: Origin) -> Problem:
    if character == "\t":
        return Problem(origin, "a tab where YAML wants blanks", hint="indent with blanks")
    return Problem(
        origin, f"a value cannot start with '{character}'", hint="put the value in quotes"
    )
