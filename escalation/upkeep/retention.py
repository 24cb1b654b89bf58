"""What is forgotten when it has grown old: one table of rules, each with its age and its reason. Verbs never commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Text, cast, delete, func, select
from sqlalchemy.orm import Session

from escalation.admin_models import CustomerImport
from escalation.chat_models import Attachment, ConversationEvent, Draft, LoginCode
from escalation.integration_models import FileScan, WebhookAttempt
from escalation.mail_models import InboundMail
from escalation.models import ConversationBond, LoginFailure, LoginSession, OutboxRow, Status, Ticket
from escalation.outbox import DEAD, SENT
from escalation.upkeep.rules import Rule
from escalation.upkeep.rules import deleted as _deleted
from escalation.upkeep.rules import emptied as _emptied
from escalation.upkeep.short_lived import SHORT_LIVED

FORGOTTEN = {"subject": "", "body": "", "headers": {}}
_FORGOTTEN_TEXT = '{"subject": "", "body": "", "headers": {}}'
# A file is on the disk a moment before its row; a restore may bring files without rows.
ORPHAN_AGE = timedelta(days=1)


RULES = (
    Rule(
        "transcripts",
        "conversations with the bot in tickets closed for so long: the ticket tells what happened",
        365,
        lambda old: select(Ticket.id).where(
            Ticket.status == Status.CLOSED, Ticket.updated_at < old, cast(Ticket.transcript, Text) != "[]"
        ),
        _emptied(Ticket, Ticket.id, transcript=[]),
    ),
    Rule(
        "outbox",
        "texts of mails and tellings that left or were given up; that they left stays known",
        90,
        lambda old: select(OutboxRow.id).where(
            OutboxRow.state.in_((SENT, DEAD)), OutboxRow.created_at < old, cast(OutboxRow.content, Text) != _FORGOTTEN_TEXT
        ),
        _emptied(OutboxRow, OutboxRow.id, content=FORGOTTEN),
    ),
    Rule(
        "drafts",
        "reports that nobody finished; after thirty days they are offered to nobody",
        60,
        lambda old: select(Draft.conversation_id).where(Draft.updated_at < old),
        _deleted(Draft, Draft.conversation_id),
    ),
    Rule(
        "waiting-files",
        "files sent in a chat that led to no ticket",
        30,
        lambda old: select(Attachment.id).where(Attachment.ticket_id.is_(None), Attachment.created_at < old),
        _deleted(Attachment, Attachment.id),
    ),
    Rule(
        "events",
        "what was counted in conversations: enough to compare a month with the year before",
        400,
        lambda old: select(ConversationEvent.id).where(ConversationEvent.at < old),
        _deleted(ConversationEvent, ConversationEvent.id),
    ),
    Rule(
        "bonds",
        "log-ins of conversations that ended",
        30,
        lambda old: select(ConversationBond.conversation_id).where(ConversationBond.expires_at < old),
        _deleted(ConversationBond, ConversationBond.conversation_id),
    ),
    Rule(
        "sessions",
        "sessions of browsers that ended",
        1,
        lambda old: select(LoginSession.token_hash).where(LoginSession.expires_at < old),
        _deleted(LoginSession, LoginSession.token_hash),
    ),
    Rule(
        "login-failures",
        "failed log-ins; they count for fifteen minutes",
        1,
        lambda old: select(LoginFailure.id).where(LoginFailure.at < old),
        _deleted(LoginFailure, LoginFailure.id),
    ),
    Rule(
        "codes",
        "codes to log in by mail; they count for an hour",
        1,
        lambda old: select(LoginCode.id).where(LoginCode.created_at < old),
        _deleted(LoginCode, LoginCode.id),
    ),
    Rule(
        "webhook-attempts",
        "what was tried to tell other programs",
        90,
        lambda old: select(WebhookAttempt.id).where(WebhookAttempt.at < old),
        _deleted(WebhookAttempt, WebhookAttempt.id),
    ),
    Rule(
        "raw-mails",
        "the bytes of mails that were taken or are nothing: their text without secrets and their files stand in the ticket",
        90,
        lambda old: select(InboundMail.id).where(
            InboundMail.state.in_(("processed", "ignored")), InboundMail.processed_at < old, InboundMail.raw_path != ""
        ),
        _emptied(InboundMail, InboundMail.id, raw_path=""),
    ),
    Rule(
        "mails",
        "what is known of mails that came, and the bytes of those that nobody took; what they said of a ticket stands in it",
        365,
        lambda old: select(InboundMail.id).where(InboundMail.processed_at < old),
        _deleted(InboundMail, InboundMail.id),
    ),
    *SHORT_LIVED,
    Rule(
        "imports",
        "lists of customers that were looked over and never confirmed; they count for an hour",
        1,
        lambda old: select(CustomerImport.id).where(CustomerImport.created_at < old),
        _deleted(CustomerImport, CustomerImport.id),
    ),
)
NAMES = frozenset(rule.name for rule in RULES)


def days_of(text: str) -> dict[str, int]:
    """``transcripts=730 drafts=90`` as a mapping; empty text: nothing differs from the table.

    Raises:
        ValueError: an unknown name, or no number of days from 1 on.
    """
    found: dict[str, int] = {}
    for part in text.replace(",", " ").split():
        name, _, days = part.partition("=")
        if name not in NAMES or not days.isdecimal() or int(days) < 1:
            raise ValueError(f"RETENTION_DAYS: {part!r} is not name=days; names are {', '.join(sorted(NAMES))}")
        found[name] = int(days)
    return found


def count(session: Session, days: Mapping[str, int], now: datetime) -> dict[str, int]:
    """How much each rule would forget now."""
    return {rule.name: _count(session, rule.which(_old(rule, days, now))) for rule in RULES}


def apply(session: Session, days: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Forget it; how much it was, by rule. Files without rows are :func:`orphans`, after the commit."""
    counted: dict[str, int] = {}
    for rule in RULES:
        keys = rule.which(_old(rule, days, now))
        counted[rule.name] = _count(session, keys)
        if counted[rule.name]:
            rule.forget(session, keys)
    return counted


def orphans(session: Session, folder: Path, now: datetime) -> list[Path]:
    """Files of no row, older than a day: of files that were forgotten, refused in the middle, or restored without a row."""
    if not folder.is_dir():
        return []
    old = (now - ORPHAN_AGE).timestamp()
    aged = [file for file in folder.iterdir() if file.is_file() and file.stat().st_mtime < old]
    known = set(session.scalars(select(Attachment.path)))
    return sorted(file for file in aged if file.name not in known)


def raw_orphans(session: Session, folder: Path, now: datetime) -> list[Path]:
    """As :func:`orphans`, of mails as they came."""
    if not folder.is_dir():
        return []
    old = (now - ORPHAN_AGE).timestamp()
    aged = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_mtime < old]
    known = set(session.scalars(select(InboundMail.raw_path)))
    return sorted(file for file in aged if file.relative_to(folder).as_posix() not in known)


def forget_scans(session: Session) -> None:
    """What the scanner said of files that are no more."""
    known = select(Attachment.path)
    session.execute(delete(FileScan).where(FileScan.path.not_in(known)), execution_options={"synchronize_session": False})


def _old(rule: Rule, days: Mapping[str, int], now: datetime) -> datetime:
    return now - timedelta(days=days.get(rule.name, rule.days))


def _count(session: Session, keys: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(keys.subquery())) or 0
