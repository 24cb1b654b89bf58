"""The walls of the house: who may import whom, and what must not lie about."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tools.stack import ROOT

FILES = [path for room in ("bot", "escalation", "wire", "tools") for path in (ROOT / room).rglob("*.py")] + [
    ROOT / "webhook_app.py"
]
PURE = {"flask", "rasa", "rasa_sdk", "sqlalchemy", "requests", "aiohttp"}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def breaking(room: str, forbidden: str) -> list[str]:
    pattern = re.compile(rf"^({forbidden})(\.|$)")
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in FILES
        if str(path.relative_to(ROOT)).startswith(room)
        for name in imports(path)
        if pattern.match(name)
    ]


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("bot/", "escalation|webhook_app|tools|tests"),
        ("escalation/", "bot|webhook_app|tools|tests|rasa|rasa_sdk"),
        ("wire/", "bot|escalation|webhook_app|tools|tests"),
        ("webhook_app.py", "escalation|rasa|rasa_sdk|tools|tests"),
        ("bot/faq/", "rasa|rasa_sdk|flask|sqlalchemy|requests|aiohttp"),
        ("bot/actions/", "rasa|flask|sqlalchemy"),
        ("bot/channels/", "rasa|rasa_sdk"),
    ],
)
def test_no_room_imports_what_it_must_not(room: str, forbidden: str) -> None:
    assert breaking(room, forbidden) == []


def test_only_the_components_import_rasa() -> None:
    users = {str(path.relative_to(ROOT).parent) for path in FILES if any(re.match(r"rasa(\.|$)", name) for name in imports(path))}
    assert users == {"bot/components"}


@pytest.mark.parametrize(
    "module",
    [
        "tickets",
        "customers",
        "outbox",
        "notices",
        "throttle",
        "sessions",
        "bonds",
        "drafts",
        "codes",
        "conversation_events",
        "transcripts",
        "customer_tickets",
        "attachments",
        "file_store",
        "services",
        "similar",
        "vectors",
        "filetypes",
        "search",
        *(f"desk/{path.stem}" for path in (ROOT / "escalation/desk").glob("*.py")),
        "api_tokens",
        "archives",
        "feeds",
        "integrations",
        "people",
        "pictures",
        "rendering",
        "upkeep/retention",
        "webhooks/events",
        "webhooks/record",
        "webhooks/registry",
        "account",
        "account_notices",
        "addresses",
        "data_notices",
        "erasure",
        "forgetting",
        "form_drafts",
        "own_data",
        "ratings",
        "recovery",
        "report_form",
        "ticket_list",
        "timeline",
        "mail/addresses",
        "mail/caps",
        "mail/deciding",
        "mail/incident",
        "mail/digest",
        "mail/notes",
        "mail/quarantine",
        "mail/routing",
        "mail/taking",
        "mail/watch",
        "account_links",
        "alarms",
        "chat_news",
        "audit",
        "desk_settings",
        "second_factor",
        "staff_members",
        "customer_admin",
        "customer_import",
        "customer_merging",
        "incidents",
        "incident_notices",
        "suspicion",
        "figures",
        "periods",
    ],
)
def test_the_rules_of_the_desk_know_no_flask_and_never_commit(module: str) -> None:
    path = ROOT / "escalation" / f"{module}.py"
    assert not {name for name in imports(path) if name.split(".")[0] == "flask"}
    assert ".commit(" not in path.read_text()


def test_no_module_is_two_rooms() -> None:
    assert [str(path) for path in FILES if len(path.read_text().splitlines()) > 400] == []


def test_wording_for_customers_is_in_the_domain_not_in_the_actions() -> None:
    spanish = re.compile(r"[¿¡áéíóúñ]")
    # What a report keeps as its value is data; what is said about it is wording.
    values = ROOT / "bot/actions/report_fields.py"
    guilty = [
        str(path)
        for path in (ROOT / "bot/actions").glob("*.py")
        if path != values and any(spanish.search(text) for text in _strings(path))
    ]
    assert guilty == []


def _strings(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def test_the_pins_are_exact_and_name_no_registry_and_no_cuda() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert len(lines) > 100
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9.-]+==[^\s;]+", line)] == []
    assert [line for line in lines if re.match(r"(nvidia-|triton)", line)] == []


def test_nothing_secret_or_local_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert not [name for name in tracked if name.startswith(("instance/", ".venv/")) or name in ("uv.lock", "secrets.env")]
