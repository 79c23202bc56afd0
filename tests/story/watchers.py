"""What those who watch from afar hear of a run, and what its log says."""

import json
from typing import Any

from tests.story.harness import Ended, House
from tests.watch.listener import Listener

SECRET = "s3cr3t-part-of-a-url"
ZOE = "0003,zoe@example.com,Zoë,Müller,Engineer,Engineering,grace@example.com,active\n"


def finished(ended: Ended) -> dict[str, Any]:
    """The canonical line of a run: there is one, and it is the only one."""
    lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    (found,) = (line for line in lines if line["event"] == "run.finished")
    return dict(found)


def warnings(ended: Ended) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    return [line for line in lines if line["level"] == "warning"]


def logged(house: House, *arguments: str) -> Ended:
    return house.syncer(*arguments, "--log-level", "info", "--log-format", "json")


def told(listener: Listener) -> list[str]:
    """The titles of what arrived so far, each at both places in whatever order."""
    posted = [one.json["title"] for one in listener.at(f"/{SECRET}")]
    chatted = [one.json["text"] for one in listener.at("/hooks/abcdefghijklmnopqrst")]
    assert len(posted) == len(chatted)
    assert all(text.startswith(title) for title, text in zip(posted, chatted, strict=True))
    return [title.removeprefix("syncer apply, example.com: ") for title in posted]
