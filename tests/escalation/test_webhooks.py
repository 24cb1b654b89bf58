"""Ticket events for other programs: real receivers on loopback, signatures checked as a receiver would."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import outbox, tickets
from escalation.api_tokens import Scope
from escalation.delivery import deliver_next
from escalation.desk import taking_back
from escalation.errors import InvalidReport
from escalation.integration_models import Webhook, WebhookAttempt
from escalation.models import Customer, OutboxRow, Role, Staff, Status, Ticket
from escalation.outbox import WEBHOOK
from escalation.webhooks import addresses, registry
from escalation.webhooks.addresses import BadAddress, check_address, check_url, resolve
from escalation.webhooks.events import BY_CUSTOMER, BY_STAFF, EVENTS, OPENED, STATUS_CHANGED
from escalation.webhooks.record import DISABLED_AFTER
from escalation.webhooks.sending import Sender, signature
from tests.escalation.conftest import AREA_URL
from tests.escalation.test_integrations import Headers, token  # noqa: F401  (a fixture)
from tests.escalation.test_tickets import opened

PAST = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)


class Receiver(BaseHTTPRequestHandler):
    """Keeps what comes; answers as its server is told."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        if self.server.drips:
            self._drip()
            return
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    def _drip(self) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
            try:
                self.wfile.write(bytes([letter]))
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        return


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.answer, self.drips = 204, False


@pytest.fixture
def receiver() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def registered(session: Session, server: Server, *events: str, path: str = "/mesa?de=ayuda") -> Webhook:
    row = registry.register(session, f"http://127.0.0.1:{server.server_port}{path}", events or EVENTS, True, PAST)
    session.commit()
    return row


def a_ticket_lives(session: Session, carla: Customer, agent: Staff) -> Ticket:
    ticket, _ = tickets.open_ticket(session, carla, tickets.Report("mail", {"description": "no sale nada"}), "k", AREA_URL, PAST)
    tickets.update_as_staff(
        session, ticket, agent, tickets.StaffUpdate("secreto", Status.NEW, ticket.version, True), AREA_URL, PAST
    )
    tickets.update_as_staff(session, ticket, agent, tickets.StaffUpdate("Ya está.", Status.SOLVED, ticket.version), AREA_URL, PAST)
    tickets.reply_as_customer(session, ticket, "No anda.", PAST)
    session.commit()
    return ticket


def deliver_all(engine: Engine, **more: object) -> None:
    sender = Sender(engine, loopback_allowed=True, **more)
    while deliver_next(engine, WEBHOOK, sender.deliver):
        pass


def test_each_event_is_told_signed_and_without_a_word_of_anybodys(
    engine: Engine, session: Session, carla: Customer, agent: Staff, receiver: Server
) -> None:
    webhook = registered(session, receiver)
    ticket = a_ticket_lives(session, carla, agent)
    secret, number = webhook.secret, ticket.number
    session.rollback()
    deliver_all(engine)
    told = [json.loads(body) for _, _, body in receiver.received]
    assert sorted(one["type"] for one in told) == sorted([OPENED, STATUS_CHANGED, BY_STAFF, BY_CUSTOMER, STATUS_CHANGED])
    assert {one["data"]["ticket"]["number"] for one in told} == {number}
    changes = {(one["data"]["old"], one["data"]["new"]) for one in told if one["type"] == STATUS_CHANGED}
    assert changes == {("new", "solved"), ("solved", "open")}
    assert not any(
        word in body for _, _, body in receiver.received for word in (b"secreto", b"no sale nada", b"Ya est", b"No anda")
    )
    for path, headers, body in receiver.received:
        assert path == "/mesa?de=ayuda"
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 5


def test_the_signature_is_that_of_the_published_example() -> None:
    # From the Standard Webhooks specification's reference libraries.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_what_was_asked_for_is_told_and_nothing_where_the_event_did_not_happen(
    engine: Engine, session: Session, carla: Customer, agent: Staff, receiver: Server
) -> None:
    registered(session, receiver, BY_CUSTOMER)
    opened(session, carla, "never")
    session.rollback()
    a_ticket_lives(session, carla, agent)
    session.rollback()
    deliver_all(engine)
    assert [json.loads(body)["type"] for _, _, body in receiver.received] == [BY_CUSTOMER]


def test_a_receiver_that_fails_is_tried_again_with_the_same_id_and_each_try_is_listed(
    engine: Engine,
    session: Session,
    client: FlaskClient,
    carla: Customer,
    receiver: Server,
    token: Headers,  # noqa: F811
) -> None:
    webhook = registered(session, receiver, OPENED)
    opened(session, carla)
    session.commit()
    headers, path = token(Scope.WEBHOOKS), f"/api/v1/webhooks/{webhook.id}"
    receiver.answer = 503
    deliver_all(engine)
    assert client.get(path, headers=headers).json["failing_since"] is not None
    with Session(engine) as other, other.begin():
        row = other.scalars(select(OutboxRow).where(OutboxRow.channel == WEBHOOK)).one()
        assert (row.state, row.last_error) == (outbox.PENDING, "status 503")
        row.due_at = PAST
    receiver.answer = 200
    deliver_all(engine)
    listed = client.get(f"{path}/deliveries?limit=1", headers=headers).json
    assert [(one["attempt"], one["status"]) for one in listed["deliveries"]] == [(2, 200)]
    rest = client.get(f"{path}/deliveries?limit=1&cursor={listed['next']}", headers=headers).json
    assert [(one["attempt"], one["status"]) for one in rest["deliveries"]] == [(1, 503)] and rest["next"] is None
    assert len({sent["webhook-id"] for _, sent, _ in receiver.received}) == 1
    assert client.get(path, headers=headers).json["failing_since"] is None


def failed_for(session: Session, engine: Engine, webhook: Webhook, long: timedelta) -> None:
    webhook.failing_since = datetime.now(UTC) - long
    session.commit()
    deliver_all(engine)
    session.expire_all()


def test_a_webhook_that_fails_for_days_is_switched_off_and_the_admins_are_told(
    engine: Engine, session: Session, carla: Customer, agent: Staff, receiver: Server
) -> None:
    agent.role = Role.ADMIN
    webhook = registered(session, receiver, OPENED)
    receiver.answer = 500
    opened(session, carla, "k-1")
    failed_for(session, engine, webhook, DISABLED_AFTER - timedelta(hours=1))
    assert webhook.active
    opened(session, carla, "k-2")
    failed_for(session, engine, webhook, DISABLED_AFTER)
    assert not webhook.active and "nothing arrived since" in webhook.disabled_reason
    told = [row for row in session.scalars(select(OutboxRow)) if "desactivado" in row.content.get("subject", "")]
    assert [row.recipient for row in told] == [agent.email]
    opened(session, carla, "k-3")
    assert len([row for row in session.scalars(select(OutboxRow)) if row.channel == WEBHOOK]) == 2
    registry.change(session, webhook, None, None, True, True)
    assert webhook.active and webhook.failing_since is None and webhook.disabled_reason is None


def test_an_answer_that_can_be_taken_back_is_told_only_when_it_leaves(session: Session, carla: Customer, agent: Staff) -> None:
    registry.register(session, "http://127.0.0.1:9/hook", [BY_STAFF, STATUS_CHANGED], True, PAST)
    ticket = opened(session, carla)
    update = tickets.StaffUpdate("Ya está.", Status.SOLVED, ticket.version, hold=timedelta(seconds=10))
    message = tickets.update_as_staff(session, ticket, agent, update, AREA_URL, PAST)
    told = select(OutboxRow).where(OutboxRow.channel == WEBHOOK)
    assert [row.due_at for row in session.scalars(told)] == [PAST + timedelta(seconds=10)] * 2
    taking_back.take_back(session, message, agent, PAST + timedelta(seconds=5), tickets.USUAL_HOURS)
    session.flush()
    # Neither that it was solved nor that it is not: who was told of one alone would have a ticket that never was.
    assert session.scalars(told).all() == []


def test_a_receiver_that_is_gone_is_asked_no_more(engine: Engine, session: Session, carla: Customer, receiver: Server) -> None:
    webhook = registered(session, receiver, OPENED)
    receiver.answer = 410
    opened(session, carla, "k-1")
    session.commit()
    deliver_all(engine)
    session.expire_all()
    assert not webhook.active
    states = [row.state for row in session.scalars(select(OutboxRow).where(OutboxRow.channel == WEBHOOK))]
    assert states == [outbox.DEAD]


def test_redirects_are_not_followed(engine: Engine, session: Session, carla: Customer, receiver: Server) -> None:
    registered(session, receiver, OPENED)
    receiver.answer = 302
    opened(session, carla)
    session.commit()
    deliver_all(engine)
    assert [path for path, _, _ in receiver.received] == ["/mesa?de=ayuda"]


def test_one_who_answers_drop_by_drop_holds_nobody_up(engine: Engine, session: Session, carla: Customer, receiver: Server) -> None:
    registered(session, receiver, OPENED)
    receiver.drips = True
    opened(session, carla)
    session.commit()
    deliver_all(engine, seconds=0.4)
    attempt = session.scalars(select(WebhookAttempt)).one()
    assert attempt.status is None and attempt.error
    # Ten seconds are what the drops would take.
    assert attempt.ms < 5000


def test_a_removed_webhook_is_told_nothing_that_was_waiting(
    engine: Engine, session: Session, carla: Customer, receiver: Server
) -> None:
    webhook = registered(session, receiver, OPENED)
    opened(session, carla)
    session.commit()
    registry.remove(session, webhook)
    session.commit()
    deliver_all(engine)
    assert receiver.received == []


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize(("name", "arrives"), [("localhost", True), ("otro.example", False)])
def test_over_tls_the_certificate_must_be_that_of_the_name_in_the_address(
    engine: Engine, session: Session, carla: Customer, receiver: Server, tmp_path: Path, name: str, arrives: bool
) -> None:
    cert, key = certificate(tmp_path, name)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(cert, key)
    receiver.socket = serving.wrap_socket(receiver.socket, server_side=True)
    registry.register(session, f"https://localhost:{receiver.server_port}/", [OPENED], True, PAST)
    opened(session, carla)
    session.commit()
    deliver_all(engine, tls=ssl.create_default_context(cafile=str(cert)))
    assert len(receiver.received) == arrives
    attempt = session.scalars(select(WebhookAttempt)).one()
    assert (attempt.status, attempt.error) == ((204, None) if arrives else (None, "SSLCertVerificationError"))


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/",
        "ftp://crm.example.com/",
        "https:///x",
        "https://user:pass@crm.example.com/",
        "https://user@crm.example.com/",
        "https://crm.example.com/#x",
        "https://crm.example.com:99999/",
        "https://crm.example.com:0/",
        "https://crm.example.com/a b",
        "https://crm.example.com/\r\nHost: x",
        "https://127.0.0.1/",
        "https://localhost@10.0.0.1/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://224.0.0.1/",
        "nonsense",
    ],
)
def test_an_address_into_our_own_network_or_without_tls_is_refused(session: Session, url: str) -> None:
    with pytest.raises(InvalidReport):
        registry.register(session, url, [OPENED], False, PAST)


@pytest.mark.parametrize(
    ("url", "trial"), [("https://crm.example.com/mesa", False), ("https://8.8.8.8:8443/", False), ("http://127.0.0.1:9/", True)]
)
def test_a_public_address_is_taken_and_on_a_trial_this_machine_too(url: str, trial: bool) -> None:
    check_url(urlsplit(url), trial)


@pytest.mark.parametrize("text", ["10.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.1.1", "fd12::1", "198.18.0.1"])
def test_a_name_that_leads_into_our_network_is_refused_when_connecting(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    private = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, 443))
    for answer in ([private], [public, private]):
        monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, answer=answer, **__: answer)
        with pytest.raises(BadAddress):
            resolve("crm.example.com", 443, loopback_allowed=False)
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: [public])
    assert resolve("crm.example.com", 443, loopback_allowed=False) == "93.184.216.34"


def test_loopback_is_for_trials_alone_and_the_rest_of_the_inside_for_nobody() -> None:
    check_address(ipaddress.ip_address("127.0.0.1"), loopback_allowed=True)
    for text, allowed in (("127.0.0.1", False), ("10.0.0.1", True)):
        with pytest.raises(BadAddress):
            check_address(ipaddress.ip_address(text), loopback_allowed=allowed)


def test_in_production_a_webhook_to_this_machine_dies_when_it_is_sent(
    engine: Engine, session: Session, carla: Customer, receiver: Server
) -> None:
    registered(session, receiver, OPENED)
    opened(session, carla)
    session.commit()
    deliver_next(engine, WEBHOOK, Sender(engine, loopback_allowed=False).deliver)
    assert receiver.received == []
    assert "not a public address" in session.scalars(select(WebhookAttempt)).one().error


def test_a_program_keeps_webhooks_and_sees_the_secret_once(client: FlaskClient, token: Headers) -> None:  # noqa: F811
    headers = token(Scope.WEBHOOKS)
    body = {"url": "https://crm.example.com/mesa", "events": [OPENED, BY_CUSTOMER]}
    made = client.post("/api/v1/webhooks", json=body, headers=headers)
    assert made.status_code == 201 and made.json["secret"].startswith("whsec_")
    path = f"/api/v1/webhooks/{made.json['id']}"
    seen = client.get(path, headers=headers)
    assert "secret" not in seen.json and made.json["secret"] not in seen.text
    assert client.get("/api/v1/webhooks", headers=headers).json == {"webhooks": [seen.json]}
    assert client.patch(path, json={"active": False, "events": [OPENED]}, headers=headers).json["events"] == [OPENED]
    refused = client.patch(path, json={"url": "https://10.0.0.1/"}, headers=headers)
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["url"])
    assert client.post("/api/v1/webhooks", json={**body, "events": ["x"]}, headers=headers).status_code == 400
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get(path, headers=headers).status_code == 404


def test_there_is_an_end_to_webhooks(session: Session) -> None:
    for _ in range(registry.COUNT_MAX):
        registry.register(session, "https://crm.example.com/", [OPENED], False, PAST)
    with pytest.raises(InvalidReport):
        registry.register(session, "https://crm.example.com/", [OPENED], False, PAST)
