"""A rendered page taken apart, without a browser: its tags, its texts, its rows."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "br", "rect"}


@dataclass
class Element:
    """One element with what is in it."""

    tag: str
    attributes: dict[str, str]
    parts: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, blanks as they stand."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def all(self, tag: str, name: str = "") -> list["Element"]:
        """Every element in it of this tag and class."""
        found = []
        for part in self.parts:
            if isinstance(part, str):
                continue
            classes = part.attributes.get("class", "").split()
            if part.tag == tag and (not name or name in classes):
                found.append(part)
            found += part.all(tag, name)
        return found

    def one(self, tag: str, name: str = "") -> "Element":
        """The only element of this tag and class."""
        (found,) = self.all(tag, name)
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        element = Element(tag, {name: text or "" for name, text in attrs})
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Element(tag, {name: text or "" for name, text in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> is closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def parsed(text: str) -> Element:
    """The page as a tree. Fails where a tag is not closed or an attribute stands twice."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert parser.open == [parser.root], [one.tag for one in parser.open]
    return parser.root


def facts(row: Element) -> dict[str, list[str]]:
    """What opening a row tells, by label."""
    found = {}
    for part in row.one("dl", "facts").all("div"):
        found[part.one("dt").text] = [one.text for one in part.all("dd")]
    return found
