"""The forges that pipelines talk to: a bare repository in a folder, and their APIs on loopback."""

import json
import re
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LARGEST_COMMENT = 65_536
BOT = "github-actions[bot]"


@dataclass(frozen=True)
class Answer:
    """What a forge answers."""

    status: int
    document: Any


@dataclass
class Forge:
    """A forge's memory of comments and issues, and all that it was asked."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    merged: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    down: bool = False
    url: str = ""

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a request; a write is noted."""
        split = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(split.query))
        if self.down:
            return Answer(503, {"message": "down"})
        if method != "GET":
            self.writes.append(f"{method} {split.path}")
        return self.answer(method, split.path, query, headers, body)

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        """The answer of this kind of forge."""
        raise NotImplementedError


def a_page(entries: list[dict[str, Any]], query: Mapping[str, str]) -> Answer:
    """One page of a list, as both forges give it."""
    size, page = int(query.get("per_page", "20")), int(query.get("page", "1"))
    return Answer(200, entries[(page - 1) * size : page * size])


class GitHub(Forge):
    """GitHub's API for one repository. A token is `job:` and its permissions, as a job gets it."""

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        given = json.loads(headers.get("Authorization", "Bearer job:{}").split("job:")[1])
        place = path.removeprefix("/repos/acme/people/")
        document = json.loads(body) if body else {}
        if len(document.get("body", "")) > LARGEST_COMMENT:
            return Answer(422, {"message": "body is too long (maximum is 65536 characters)"})
        needed = "read" if method == "GET" else "write"
        concern = "issues" if re.fullmatch(r"issues(/\d+)?", place) else "pull-requests"
        if needed not in {given.get(concern), "read" if given.get(concern) == "write" else ""}:
            return Answer(403, {"message": "Resource not accessible by integration"})
        if found := re.fullmatch(r"commits/(\w+)/pulls", place):
            pull = self.merged.get(found[1])
            return Answer(200, [pull] if pull else [])
        if concern == "issues":
            return self._issue(method, place, query, document)
        return self._comment(method, place, query, document)

    def _comment(
        self, method: str, place: str, query: Mapping[str, str], document: dict[str, Any]
    ) -> Answer:
        if method == "PATCH":
            [kept] = [c for c in self.comments if place == f"issues/comments/{c['id']}"]
            kept.update(document)
            return Answer(200, kept)
        if method == "POST":
            made = {"id": 100 + len(self.comments), "user": {"login": BOT}, **document}
            self.comments.append(made)
            return Answer(201, made)
        return a_page(self.comments, query)

    def _issue(
        self, method: str, place: str, query: Mapping[str, str], document: dict[str, Any]
    ) -> Answer:
        if method == "PATCH":
            [kept] = [i for i in self.issues if place == f"issues/{i['number']}"]
            kept.update(document)
            return Answer(200, kept)
        if method == "POST":
            number = 40 + len(self.issues)
            made = {"number": number, "state": "open", "user": {"login": BOT}, **document}
            self.issues.append(made)
            return Answer(201, made)
        return a_page([i for i in self.issues if i["state"] == query["state"]], query)


class GitLab(Forge):
    """GitLab's API for one project, for the user 7 whose token is `comment-token`."""

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        if headers.get("PRIVATE-TOKEN") != "comment-token":
            return Answer(401, {"message": "401 Unauthorized"})
        if path == "/user":
            return Answer(200, {"id": 7})
        place = path.removeprefix("/projects/9/")
        if found := re.fullmatch(r"repository/commits/(\w+)/merge_requests", place):
            request = self.merged.get(found[1])
            return Answer(200, [request] if request else [])
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if re.fullmatch(r"issues(/\d+)?", place):
            return self._issue(method, place, query, form)
        return self._note(method, place, query, form)

    def _note(
        self, method: str, place: str, query: Mapping[str, str], form: dict[str, str]
    ) -> Answer:
        if method == "PUT":
            [kept] = [c for c in self.comments if place.endswith(f"/notes/{c['id']}")]
            kept.update(form)
            return Answer(200, kept)
        if method == "POST":
            made = {"id": 100 + len(self.comments), "author": {"id": 7}, **form}
            self.comments.append(made)
            return Answer(201, made)
        return a_page(self.comments, query)

    def _issue(
        self, method: str, place: str, query: Mapping[str, str], form: dict[str, str]
    ) -> Answer:
        if method == "PUT":
            [kept] = [i for i in self.issues if place == f"issues/{i['iid']}"]
            if form.pop("state_event", "") == "close":
                kept["state"] = "closed"
            kept.update(form)
            return Answer(200, kept)
        if method == "POST":
            made = {"iid": 40 + len(self.issues), "state": "opened", "author": {"id": 7}, **form}
            self.issues.append(made)
            return Answer(201, made)
        wanted = (query["state"], query["author_id"])
        ours = [i for i in self.issues if (i["state"], str(i["author"]["id"])) == wanted]
        return a_page(ours, query)


@contextmanager
def online(forge: Forge) -> Iterator[Forge]:
    """The forge, listening on a port of loopback while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            answer = forge.ask(self.command, self.path, dict(self.headers), body)
            content = json.dumps(answer.document).encode()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = _serve  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            """Nothing: the test reads `writes`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    forge.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


@dataclass(frozen=True)
class Repository:
    """A bare repository, and a clone in which the administrators work."""

    bare: Path
    work: Path
    home: Path

    @classmethod
    def create(cls, folder: Path) -> "Repository":
        """An empty one below the folder, as `host/acme/people.git`."""
        made = cls(folder / "host/acme/people.git", folder / "work", folder)
        made.bare.parent.mkdir(parents=True)
        made.git(
            "init", "--quiet", "--bare", "--initial-branch", "main", str(made.bare), at=folder
        )
        made.git("clone", "--quiet", str(made.bare), str(made.work), at=folder)
        made.git("checkout", "--quiet", "-B", "main")
        return made

    def git(self, *words: str, at: Path | None = None) -> str:
        """What git says to this in the clone, or elsewhere."""
        done = subprocess.run(
            ["git", *words],  # noqa: S607 - as found on the PATH
            cwd=at or self.work,
            env={**IDENTITY, "HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit all that is in the clone to `main`, push it, and give the commit."""
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change")
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def check_out(self, commit: str, folder: Path) -> None:
        """The commit in a new folder, without any credential."""
        self.git("clone", "--quiet", "--no-checkout", str(self.bare), str(folder), at=self.home)
        self.git("checkout", "--quiet", "--detach", commit, at=folder)

    def branches(self) -> list[str]:
        """The branches that there are."""
        shown = self.git("for-each-ref", "--format=%(refname:short)", "refs/heads", at=self.bare)
        return shown.split()

    def state(self, name: str) -> str:
        """A file of the branch that keeps the state."""
        return self.git("show", f"syncer-state:{name}", at=self.bare)

    def state_files(self) -> list[str]:
        """The files of the branch that keeps the state."""
        listing = ("ls-tree", "-r", "--name-only", "syncer-state")
        return self.git(*listing, at=self.bare).splitlines()
