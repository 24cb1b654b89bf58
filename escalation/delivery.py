"""One row of the outbox out of the house, whatever its channel. No transaction is open while it is on its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation import outbox
from escalation.models import OutboxRow

log = structlog.get_logger()

Deliver = Callable[[OutboxRow], None]
# What a refusal for good means to the house; called in the transaction that gives the row up.
Refused = Callable[[Session, OutboxRow, str, datetime], None]


class TransportError(Exception):
    """It did not leave. ``hopeless``: the other side refused for good (for mail RFC 5321: a 5yz reply)."""

    def __init__(self, reason: str, hopeless: bool) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


def deliver_next(engine: Engine, channel: str, deliver: Deliver, refused: Refused | None = None) -> bool:
    """Hand one due row of ``channel`` to ``deliver``; False where there was none."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        row = outbox.claim(session, datetime.now(UTC), channel)
    if row is None:
        return False
    try:
        deliver(row)
    except TransportError as failed:
        _give_back(engine, row, str(failed), failed.hopeless, refused if failed.hopeless else None)
        return True
    except Exception as broken:
        # A row that cannot even be made into a message: staff see it as dead; the ones behind it must go on.
        _give_back(engine, row, type(broken).__name__, hopeless=True)
        return True
    with Session(engine) as session, session.begin():
        outbox.mark_sent(session, row.id, datetime.now(UTC))
    log.info("sent", channel=channel, row=row.id, attempt=row.attempts)
    return True


def _give_back(engine: Engine, row: OutboxRow, reason: str, hopeless: bool, refused: Refused | None = None) -> None:
    log.warning("not sent", channel=row.channel, row=row.id, attempt=row.attempts, reason=reason, hopeless=hopeless)
    with Session(engine) as session, session.begin():
        outbox.mark_failed(session, row.id, row.attempts, reason, hopeless, datetime.now(UTC))
        if refused is not None:
            refused(session, row, reason, datetime.now(UTC))
