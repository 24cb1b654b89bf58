"""Reports of the plain form while escalation is down: kept sealed, handed over by themselves, a ticket once the writer logs in.

Where the writer's chat was logged in when he sent it, it becomes his ticket, as a report that the bot kept. Else escalation cannot
tell who wrote it, for nobody could log in: it gets a draft, with the key under which the ticket will be opened, and the writer's
own page (its address is his proof that he wrote it) asks him to log in, by password or by code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.escalation import EscalationUnavailable
from bot.channels.help_tables import KeptReport
from bot.channels.report_desk import ReportDesk, ReportRefused
from bot.channels.store import Store
from bot.pending import provisional_number
from bot.sealing import Seal
from wire.database import for_reading

log = structlog.get_logger()

WAITING, DELIVERED, SENT, REFUSED = "waiting", "delivered", "sent", "refused"
CHANNEL = "report"
AT_ONCE = 20
NOT_LOGGED_IN = 403
# Whoever did not come back for it in a month has solved it, or told it otherwise (as escalation's drafts).
KEPT_FOR = timedelta(days=30)
Content = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """A report as its page shows it. ``content``: ``area``, ``fields``, ``shown_entries``; None once a ticket has it."""

    key: str
    number: str
    conversation_id: str
    chat_id: str | None
    state: str
    content: Content | None
    ticket: str | None
    kept_at: datetime


class KeptReports:
    """Each method is one transaction; none is open while escalation is called."""

    def __init__(self, engine: Engine, store: Store, desk: ReportDesk, secret: str) -> None:
        self._engine = engine
        self._reader = for_reading(engine)
        self._store = store
        self._desk = desk
        self._seal = Seal(secret, "kept report")

    def keep(self, key: str, content: Content, chat_id: str | None = None) -> Kept:
        """Store a report; the same ``key`` again gives the one of the first time."""
        known = self.find(key)
        if known is not None:
            return known
        conversation_id = self._store.open_conversation(CHANNEL)
        remark = f"Número provisorio {provisional_number(key)}"
        content = {**content, "fields": {**content["fields"], "remark": remark}}
        row = KeptReport(key=key, conversation_id=conversation_id, chat_id=chat_id, state=WAITING)
        row.sealed, row.created_at = self._seal.close(json.dumps(content)), datetime.now(UTC)
        with Session(self._engine) as session:
            session.add(row)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()  # its twin was faster by a moment
        found = self.find(key)
        if found is None:
            raise LookupError("a report that was stored a moment ago is gone")
        log.warning("report kept for later", number=found.number)
        return found

    def find(self, key: str) -> Kept | None:
        """The report of ``key``."""
        with Session(self._reader) as session:
            row = session.get(KeptReport, key)
            return self._kept(row) if row is not None else None

    def deliver(self) -> bool:
        """Hand over what waits; whether nothing waits any more."""
        self._forget_old()
        while batch := self._waiting():
            if not all(self.hand_over(kept) for kept in batch):
                return False
        return True

    def hand_over(self, kept: Kept) -> bool:
        """Make it a ticket or a draft over there, or learn that it is one by now; False where escalation does not answer."""
        try:
            if (ticket := self._by_chat(kept)) is not None:
                self._settle(kept.key, SENT, ticket)
                return True
            fresh = kept.content is not None and self._desk.save_draft(kept.conversation_id, kept.key, kept.content, "delivery")
        except EscalationUnavailable as down:
            log.info("kept reports wait", reason=str(down))
            return False
        except ReportRefused as refused:
            log.error("a kept report was refused", number=kept.number, status=refused.status)
            self._settle(kept.key, REFUSED)
            return True
        if kept.content is None:
            log.error("a kept report cannot be read: it was sealed with another CONVERSATION_SECRET", number=kept.number)
        self._settle(kept.key, REFUSED if kept.content is None else DELIVERED if fresh else SENT)
        return True

    def all(self) -> list[Kept]:
        """Every one, oldest first."""
        with Session(self._reader) as session:
            return [self._kept(row) for row in session.scalars(select(KeptReport).order_by(KeptReport.created_at))]

    def send(self, kept: Kept, request_id: str) -> str:
        """Its writer proved who he is: the ticket's number.

        Raises:
            EscalationUnavailable, ReportRefused: see :class:`ReportDesk`.
        """
        if kept.ticket is not None or kept.content is None:
            return kept.ticket or ""
        number = self._desk.open_ticket(kept.conversation_id, kept.key, kept.content, request_id)
        self._settle(kept.key, SENT, number)
        return number

    def _waiting(self) -> list[Kept]:
        query = select(KeptReport).where(KeptReport.state == WAITING).order_by(KeptReport.created_at).limit(AT_ONCE)
        with Session(self._reader) as session:
            return [self._kept(row) for row in session.scalars(query)]

    def _by_chat(self, kept: Kept) -> str | None:
        """The ticket's number, where the chat of the same browser was logged in when the report was sent."""
        if kept.chat_id is None or kept.content is None:
            return None
        report = {**kept.content, "reported_at": kept.kept_at.isoformat()}
        try:
            return self._desk.open_ticket(kept.chat_id, kept.key, report, "delivery")
        except ReportRefused as refused:
            if refused.status != NOT_LOGGED_IN:
                raise
            return None

    def _settle(self, key: str, state: str, ticket: str | None = None) -> None:
        with Session(self._engine) as session, session.begin():
            row = session.get_one(KeptReport, key, with_for_update=True)
            if row.state == SENT:
                return  # a ticket is the last word; a hand-over that was under way meanwhile comes too late
            row.state, row.ticket = state, ticket or row.ticket
            if state == SENT:
                row.sealed = ""

    def _forget_old(self) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(delete(KeptReport).where(KeptReport.created_at < datetime.now(UTC) - KEPT_FOR))

    def _kept(self, row: KeptReport) -> Kept:
        opened = self._seal.open(row.sealed) if row.sealed else None
        content = json.loads(opened) if opened else None
        number = provisional_number(row.key)
        return Kept(row.key, number, row.conversation_id, row.chat_id, row.state, content, row.ticket, row.created_at)
