"""Server-side request forgery: the house calls what its settings name and, past a check of the address, webhooks; nothing else."""

from __future__ import annotations

import ast
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from escalation import tickets
from escalation.models import Customer, Staff
from tests.escalation.area import enter
from tests.escalation.conftest import AREA_URL, log_in
from tests.escalation.test_business_hours import HOURS
from tools.stack import ROOT

NETWORK = {"requests", "httpx", "aiohttp", "urllib.request", "http.client", "socket", "ftplib", "smtplib", "imap_tools", "imaplib"}
NETWORK |= {"dns", "dns.resolver", "dkim", "redis", "telnetlib", "xmlrpc.client", "urllib3"}
# Which module may speak to the network, and who chose the address.
WAYS_OUT = {
    "bot/channels/rasa.py": "RASA_URL",
    "bot/channels/escalation.py": "ESCALATION_URL",
    "bot/channels/report_desk.py": "ESCALATION_URL",
    "bot/channels/understanding_routes.py": "RASA_URL",
    "bot/channels/health.py": "RASA_URL, ACTIONS_URL, ESCALATION_URL",
    "bot/channels/messenger/graph.py": "MESSENGER_GRAPH_URL",
    "bot/channels/messenger/media.py": "a customer's file, from MESSENGER_MEDIA_HOSTS alone (tests/messenger/test_files.py)",
    "bot/actions/escalation.py": "ESCALATION_URL",
    "escalation/clamd.py": "CLAMD_URL",
    "escalation/chat_transport.py": "FRONT_URL",
    "escalation/mail/understanding.py": "FRONT_URL",
    "escalation/mail/transport.py": "SMTP_URL",
    "escalation/mail/imap.py": "IMAP_URL",
    "escalation/mail/listener.py": "MAIL_LISTEN",
    "escalation/mail/trust.py": "the DNS alone: DKIM's key of the domain that signed",
    "escalation/upkeep/doctor.py": "what the settings name, when an administrator asks",
    "escalation/webhooks/sending.py": "an administrator's webhook (tests/escalation/test_webhooks.py)",
    "escalation/webhooks/addresses.py": "looks the webhook's host up, once",
}


@pytest.fixture
def server_url() -> None:
    """SQLite alone: a connection to PostgreSQL is one, too."""


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return names


def test_every_module_that_speaks_to_the_network_is_known_with_who_chose_the_address() -> None:
    files = [file for room in ("bot", "escalation", "wire") for file in sorted((ROOT / room).rglob("*.py"))]
    speak = {str(file.relative_to(ROOT)) for file in files if imported(file) & NETWORK}
    assert speak - set(WAYS_OUT) == set()
    assert {module for module in WAYS_OUT if not (ROOT / module).exists()} == set()


HOSTILE = (
    "http://169.254.169.254/latest/meta-data/ http://127.0.0.1:8001/metrics http://[::1]/ file:///etc/passwd "
    "gopher://127.0.0.1:6379/_FLUSHALL http://sudominio.com.ar@10.0.0.1/ <img src='http://10.0.0.1/x.png'>"
)


def test_domains_and_links_that_people_write_are_shown_and_never_called(
    app: Flask, session: Session, carla: Customer, agent: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[object, ...]] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **_: called.append(asked) or [])
    fields = {"description": HOSTILE, "site": "169.254.169.254", "error_message": HOSTILE}
    now = datetime.now(UTC)
    ticket, _ = tickets.open_ticket(session, carla, tickets.Report("site", fields), None, AREA_URL, now, HOURS)
    tickets.reply_as_customer(session, ticket, HOSTILE, now, HOURS)
    session.commit()
    mine, desk = enter(app.test_client()), app.test_client()
    log_in(desk, "/consola/ingresar", agent.email)
    page = f"/consola/tickets/{ticket.number}"
    for client, path in ((mine, f"/area-clientes/tickets/{ticket.number}"), (desk, page), (desk, f"{page}/parecidos")):
        shown = client.get(path)
        assert shown.status_code == 200, path
    # The help centre of FRONT_URL is asked for answers that fit.
    assert {tuple(address[:2]) for address in called} <= {("127.0.0.1", 8000)}
