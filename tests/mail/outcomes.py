"""``python -m tests.mail.outcomes [--write]``: what becomes of every mail of the corpus, as a table; ``--write`` keeps it."""

from __future__ import annotations

import csv
import logging
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.chat_models import Attachment
from escalation.cli import SCRIPTS
from escalation.mail import caps
from escalation.mail_models import InboundMail
from escalation.models import Ticket, TicketMessage
from tests.mail.conftest import CARLA, MailRoom, opened
from tests.mail.corpus import CASES
from tests.mail.corpus.case import Case, Context
from tests.mail.corpus.keys import dns
from wire.migrations import upgrade

TABLE = Path(__file__).with_name("corpus") / "outcomes.tsv"
FIRST = (
    b"From: carla@panaderialola.com.ar\r\nSubject: No puedo enviar\r\nMessage-ID: <primero@corpus.test>\r\nDate: x\r\n\r\nNo puedo."
)
TEXT_SHOWN = 160
WINDOWS = [name for name in dir(caps) if isinstance(getattr(caps, name), tuple) and name.isupper()]


@dataclass(frozen=True)
class Outcome:
    """``ticket``: the open one, a new one, or none; ``text``: what staff read of it; ``files``: stored; ``refused``: named."""

    name: str
    state: str
    reason: str
    verdict: str
    ticket: str
    text: str
    files: str
    refused: str


def expected() -> dict[str, Outcome]:
    """The table that was written down."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return {row[0]: Outcome(*row) for row in rows}


@contextmanager
def room() -> Iterator[tuple[MailRoom, Context]]:
    """A mail room without caps, in which Carla has one open ticket."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/corpus.db"
        upgrade(url, SCRIPTS)
        made = opened(url, Path(folder))
        made.room = replace(made.room, dns=dns)
        kept = {name: getattr(caps, name) for name in WINDOWS}
        for name in WINDOWS:
            setattr(caps, name, ())
        try:
            made.take(b"Authentication-Results: mx.csiserver.test; dmarc=pass\r\n" + FIRST)
            yield made, Context(made.ticket().number, made.room.house.marks)
        finally:
            for name, windows in kept.items():
                setattr(caps, name, windows)
            made.engine.dispose()


def latest(session: Session) -> list[InboundMail]:
    """The newest mails."""
    return list(session.scalars(select(InboundMail).order_by(InboundMail.received_at.desc()).limit(5)))


def outcome(made: MailRoom, context: Context, case: Case) -> tuple[Outcome, float]:
    """What became of it, and in how many seconds."""
    raw = case.write(context)
    before = {row.id for row in made.rows()}
    began = time.perf_counter()
    made.take(raw)
    seconds = time.perf_counter() - began
    new = [row for row in made.rows() if row.id not in before]
    assert len(new) == 1, f"{case.name}: {len(new)} rows"
    with made.read() as session:
        return _told(session, case.name, session.get_one(InboundMail, new[0].id), context), seconds


def _told(session: Session, name: str, row: InboundMail, context: Context) -> Outcome:
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id else None
    message = session.get(TicketMessage, row.ticket_message_id) if row.ticket_message_id else None
    mine = ticket is not None and ticket.number == context.number
    text, refused = "", ""
    if message is not None:
        text = message.body
    elif ticket is not None and mine:
        notes = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id).order_by(TicketMessage.id.desc())
        text = session.scalars(notes.limit(1)).one().body
    elif ticket is not None:
        text = f"«{ticket.subject}» {ticket.fields['description']}"
        refused = " ".join(filter(None, (ticket.fields.get("attachments"), ticket.fields.get("remark"))))
    stored = select(Attachment.name).where(Attachment.ticket_id == row.ticket_id, Attachment.message_id == row.ticket_message_id)
    files = session.scalars(stored.order_by(Attachment.name)).all() if ticket is not None and row.verdict else []
    shown = " ".join(re.sub(r"\[ref:.*?\]", "[ref]", text.replace(context.number, "N")).split())[:TEXT_SHOWN]
    place = "" if ticket is None else "open one" if mine else "new one"
    cut = [value if len(value) < 90 else f"{value[:87]}…" for value in (", ".join(files), " ".join(refused.split()))]
    return Outcome(name, row.state, row.reason, row.verdict, place, shown.replace(CARLA, "C"), *cut)


def main() -> None:
    """Print, or write, the table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with room() as (made, context):
        found = [outcome(made, context, case) for case in CASES]
    lines = ["\t".join(field.name for field in fields(Outcome)), *("\t".join(astuple(one)) for one, _ in found)]
    if "--write" in sys.argv:
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        print("\n".join(lines))
    slowest = max(found, key=lambda pair: pair[1])
    print(f"{len(found)} mails; slowest {slowest[0].name}: {slowest[1]:.2f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
