"""What the state file keeps of workspaces, and what the description tells of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from syncer.sandbox import Sandbox, SandboxError
from tests.sandbox.talking import tenant, tenant_document


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tenant.json"
    file.write_text(json.dumps(tenant_document()), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "part",
    [
        {"workspace": {"gid": "77"}},
        {"workspace": {"name": "Example AG"}},
        {"workspace": {"gid": "77", "name": ""}},
        {
            "furtherWorkspaces": [
                {"gid": "5", "name": "Mine"},
                {"gid": "4", "name": "B", "organization": True, "domains": ["b.example"]},
            ]
        },
        {"users": [{"id": "1", "userName": "a@b.de", "userType": "enterprise", "admin": True}],
         "groups": []},
    ],
)  # fmt: skip
def test_what_rest_tells_is_kept_word_for_word(path: Path, part: dict[str, Any]) -> None:
    document = tenant_document() | part
    path.write_text(json.dumps(document), encoding="utf-8")
    sandbox = Sandbox.open(path)
    sandbox.save()
    assert json.loads(path.read_text(encoding="utf-8")) == document
    assert sandbox.document() == document


@pytest.mark.parametrize(
    "part",
    [
        {"workspace": {}},
        {"workspace": {"gid": "1100000000000001", "name": "Sandbox"}},
        {"furtherWorkspaces": []},
    ],
)
def test_what_is_the_default_about_workspaces_is_left_out(part: dict[str, Any]) -> None:
    assert tenant(**part).document() == tenant_document()


def test_everything_wrong_about_workspaces_is_named_at_once() -> None:
    document = {
        "workspace": {"gid": 7, "nam": "x"},
        "furtherWorkspaces": [
            7,
            {"gid": "5", "name": 5, "organization": "yes", "domains": "b.example"},
            {"gid": "5", "domains": [""]},
            {"gid": "x\u00b2"},
        ],
        "users": [{"id": "1", "userName": "a@b.de", "admin": "yes"}],
    }
    with pytest.raises(SandboxError) as refused:
        Sandbox.in_memory(document)
    assert refused.value.message.splitlines() == [
        "workspace: unknown key 'nam', did you mean 'name'?",
        "workspace: gid is not a text of digits",
        "furtherWorkspaces[0]: is not a JSON object",
        "furtherWorkspaces[0]: gid is not a text of digits",
        "furtherWorkspaces[1]: name is not a text",
        "furtherWorkspaces[1]: organization is not true or false",
        "furtherWorkspaces[1]: domains: is not a list",
        "furtherWorkspaces[2]: gid 5 appears twice (first at furtherWorkspaces[1])",
        "furtherWorkspaces[2]: domains: is not a list of texts",
        "furtherWorkspaces[3]: gid is not a text of digits",
        "users[0] (id 1): admin is not true or false",
    ]


def test_the_description_tells_administrators_in_office_and_every_workspace_in_sight() -> None:
    users = [
        {"id": "1", "userName": "one@example.com", "superAdmin": True, "admin": True},
        {"id": "2", "userName": "two@example.com", "admin": True},
        {"id": "3", "userName": "ida@example.com", "admin": True, "status": "invited"},
        {"id": "4", "userName": "old@example.com", "admin": True, "status": "deactivated"},
    ]
    workspaces = {
        "workspace": {"gid": "7", "name": "Example AG"},
        "furtherWorkspaces": [{"gid": "5", "name": "Mine"}],
    }
    told = tenant(users=users, groups=[], **workspaces).describe()
    assert told.admins == (("plain", 2), ("super", 1))
    assert (told.workspace, told.workspace_gid, told.further_workspaces) == ("Example AG", "7", ())
    several = {"rest_workspaces": "several"}
    assert tenant(**workspaces, switches=several).describe().further_workspaces == ("Mine",)
    assert len(tenant(switches=several).describe().further_workspaces) == 2
