"""A desk in which every text of every table is hostile, also where our own rules would never have let it in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import String, Table, Text, update
from sqlalchemy.orm import Session

from escalation import audit, incidents, tickets
from escalation.area_models import AddressLink, DataRequest, FormDraft, RatingLink, RecoveryLink, TicketRating
from escalation.audit import Actor
from escalation.chat_models import Attachment
from escalation.console_models import SavedReply, SavedView
from escalation.desk.reports import FIELD_NAMES
from escalation.desk_models import AnswerDraft, Presence, TicketTag
from escalation.incident_models import SuspectedIncident
from escalation.incidents import Declared
from escalation.links import hash_of
from escalation.mail_models import DeadAddress, InboundMail, MailCursor
from escalation.messenger_models import ChannelAlarm
from escalation.models import Base, Customer, CustomerDomain, CustomerMailbox, Staff, Status
from escalation.outbox import DEAD, enqueue_mail
from tests.escalation.conftest import AREA_URL
from tests.escalation.desk_helpers import answer, reported
from tests.escalation.test_business_hours import HOURS
from tests.markup import LONG, SHORT

TOKEN = "un-token"
# Words of a list that code compares with, and what is looked up by: nobody writes them.
WORDS = frozenset(
    {"area", "status", "priority", "role", "author", "kind", "state", "channel", "score", "language", "event", "name_of", "place"}
    | {"number", "reason", "verdict", "key", "account", "origin", "scopes", "events", "areas", "numbers", "email", "media_type"}
    | {"conversation_id", "before", "wanted", "promise_basis", "subject_key", "raw_path", "path", "sha256", "idempotency_key"}
    | {"old", "new", "outcome", "shown_entries", "secret", "transcript"}
)
LONG_ENOUGH = 110


def poison(session: Session, carla: Customer, bruno: Customer, agent: Staff, admin: Staff) -> dict[str, str]:
    """Ids by the names that routes have for them."""
    now = datetime.now(UTC)
    ticket, similar = reported(session, carla, now=now), reported(session, carla, now=now)
    report = tickets.Report(
        "mail",
        {name: LONG for name in sorted(FIELD_NAMES)},
        transcript=[{"who": who, "text": LONG} for who in ("customer", "bot", LONG)],
    )
    chatted, _ = tickets.open_ticket(session, carla, report, "k", AREA_URL, now, HOURS)
    tickets.reply_as_customer(session, chatted, LONG, now, HOURS)
    session.commit()
    answer(session, chatted, agent, LONG, Status.WAITING, now - timedelta(minutes=1))
    answer(session, chatted, admin, LONG, Status.OPEN, now, internal=True)
    answer(session, similar, agent, LONG, Status.SOLVED, now)
    incident = incidents.declare(session, Declared(LONG[:120], LONG, ("mail",), SHORT), admin, Actor(admin), now)
    incidents.attach(session, incident, [chatted.number], now)
    audit.record(session, audit.EXPORTED, Actor(admin, LONG), LONG, now, what=LONG)
    mail = InboundMail(
        **{"message_id": LONG, "mailbox": LONG, "raw_path": "x", "size": 9, "sender": LONG, "subject": LONG, "subject_key": "x"},
        **{"written_at": LONG, "received_at": now, "state": "quarantined", "reason": "unproven", "due_at": now, "full_text": LONG},
        **{"verdict_detail": LONG, "last_error": LONG, "customer_id": carla.id},
    )
    failed = InboundMail(
        **{"message_id": "2", "mailbox": LONG, "raw_path": "x", "size": 9, "sender": LONG, "subject": LONG, "subject_key": "x"},
        **{"written_at": LONG, "received_at": now, "state": "failed", "reason": LONG, "due_at": now, "last_error": LONG},
    )
    reply = SavedReply(title=LONG[:80], body=LONG, changed_by_id=admin.id, changed_at=now)
    file = Attachment(name=LONG[:200], media_type="image/png", size=9, sha256="x", path="x", created_at=now, ticket_id=chatted.id)
    file.customer_id, drawn = carla.id, now + timedelta(days=1)
    session.add_all(
        [
            *(mail, failed, reply, file, CustomerDomain(customer_id=carla.id, name=SHORT)),
            *(CustomerMailbox(customer_id=carla.id, name=SHORT), TicketTag(ticket_id=chatted.id, name=SHORT[:40])),
            AnswerDraft(ticket_id=chatted.id, staff_id=agent.id, body=LONG, updated_at=now),
            Presence(ticket_id=chatted.id, staff_id=admin.id, seen_at=now, wrote_at=now),
            TicketRating(ticket_id=similar.id, score="good", comment=LONG, created_at=now, updated_at=now),
            RatingLink(token_hash=hash_of(TOKEN), ticket_id=similar.id, expires_at=drawn),
            RecoveryLink(
                token_hash=hash_of(TOKEN), account="a", origin="o", customer_id=carla.id, created_at=now, expires_at=drawn
            ),
            AddressLink(customer_id=carla.id, address=LONG, token_hash=hash_of(TOKEN), created_at=now, expires_at=drawn),
            FormDraft(customer_id=carla.id, place="nuevo", fields={"description": LONG, "subject": LONG}, saved_at=now),
            DataRequest(customer_id=carla.id, kind="erase", state="pending", asked_at=now, due_at=drawn, subjects=[]),
            SavedView(staff_id=agent.id, name=SHORT, wanted={}, shared=True, created_at=now),
            SuspectedIncident(area="mail", place=LONG, numbers=[ticket.number], noticed_at=now),
            MailCursor(mailbox=LONG, fetched_at=now - timedelta(days=1), last_error=LONG),
            DeadAddress(address=LONG, since=now, until=drawn, reason=LONG),
            ChannelAlarm(channel="messenger", kind="token", detail=LONG, since=now),
        ]
    )
    enqueue_mail(session, "dead", LONG, LONG, LONG, now).state = DEAD
    session.commit()
    _everything_else(session)
    return {
        **{"number": chatted.number, "attachment_id": file.id, "customer_id": carla.id, "mail_id": mail.id, "reply_id": reply.id},
        **{"incident_id": incident.id, "staff_id": agent.id, "token": TOKEN, "solved": similar.number, "other": bruno.id},
    }


def _everything_else(session: Session) -> None:
    """Whatever text is left, straight into the table; the log of audits alone refuses, and was written hostile."""
    for name, table in Base.metadata.tables.items():
        values = {column.name: _worst(column) for column in table.columns if _is_free(table, column)}
        if values and name != "audit_entries":
            session.execute(update(table).values(values))
    session.commit()


def _is_free(table: Table, column: Any) -> bool:
    machine = column.name in WORDS or column.name.endswith(("_hash", "_id", "_by")) or column.primary_key or column.unique
    return isinstance(column.type, String | Text) and not machine and not column.foreign_keys


def _worst(column: Any) -> str:
    length = getattr(column.type, "length", None) or len(LONG)
    return LONG[:length] if length >= LONG_ENOUGH else SHORT
