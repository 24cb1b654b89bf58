"""Webhooks as an integration keeps them: register, change, remove, see what became of each telling."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.errors import InvalidReport, NotFound
from escalation.feeds import Place
from escalation.integration_models import Webhook, WebhookAttempt
from escalation.models import OutboxRow
from escalation.outbox import DEAD, PENDING, SENDING, WEBHOOK
from escalation.webhooks.addresses import BadAddress, check_url
from escalation.webhooks.events import EVENTS

URL_MAX = 500
# Standard Webhooks wants 24 to 64 random bytes.
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105
COUNT_MAX = 20


def register(session: Session, url: str, events: Iterable[str], loopback_allowed: bool, now: datetime) -> Webhook:
    """A new webhook with a new secret.

    Raises:
        InvalidReport: the address or an event cannot be taken, or there are twenty already.
    """
    if len(every(session)) >= COUNT_MAX:
        raise InvalidReport(f"at most {COUNT_MAX} webhooks", webhooks="count")
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    row = Webhook(url=_checked(url, loopback_allowed), events=_known(events), secret=secret, created_at=now, active=True)
    session.add(row)
    session.flush()
    return row


def every(session: Session) -> list[Webhook]:
    """All, the oldest first."""
    return list(session.scalars(select(Webhook).order_by(Webhook.created_at, Webhook.id)))


def find(session: Session, webhook_id: str) -> Webhook:
    """Raises:
    NotFound: there is none of this id.
    """
    row = session.get(Webhook, webhook_id)
    if row is None:
        raise NotFound("there is no such webhook")
    return row


def change(
    session: Session, row: Webhook, url: str | None, events: Iterable[str] | None, active: bool | None, loopback_allowed: bool
) -> None:
    """None: stays as it is. Switched on again, it starts with a clean record. Raises like :func:`register`."""
    if url is not None:
        row.url = _checked(url, loopback_allowed)
    if events is not None:
        row.events = _known(events)
    if active is not None:
        row.active = active
        if active:
            row.failing_since, row.disabled_reason = None, None
    session.flush()


def remove(session: Session, row: Webhook) -> None:
    """It is told nothing any more, also nothing that was waiting for it."""
    waiting = (OutboxRow.channel == WEBHOOK) & (OutboxRow.recipient == row.id) & OutboxRow.state.in_((PENDING, SENDING))
    for one in session.scalars(select(OutboxRow).where(waiting)):
        one.state, one.last_error = DEAD, "the webhook was removed"
    session.execute(delete(WebhookAttempt).where(WebhookAttempt.webhook_id == row.id))
    session.delete(row)
    session.flush()


def attempts(session: Session, row: Webhook, after: Place | None, limit: int) -> tuple[Sequence[WebhookAttempt], Place | None]:
    """What was tried, the newest first, and where the next page begins."""
    query = select(WebhookAttempt).where(WebhookAttempt.webhook_id == row.id)
    if after is not None:
        older = WebhookAttempt.at < after.moment
        query = query.where(older | ((WebhookAttempt.at == after.moment) & (WebhookAttempt.id < after.key)))
    found = session.scalars(query.order_by(WebhookAttempt.at.desc(), WebhookAttempt.id.desc()).limit(limit + 1)).all()
    page = found[:limit]
    return page, Place(page[-1].at, page[-1].id) if len(found) > limit else None


def _checked(url: str, loopback_allowed: bool) -> str:
    try:
        check_url(urlsplit(url), loopback_allowed)
    except (BadAddress, ValueError) as wrong:
        raise InvalidReport(str(wrong), url=str(wrong)) from wrong
    return url


def _known(events: Iterable[str]) -> list[str]:
    wanted = sorted(set(events))
    if not wanted or not set(wanted) <= set(EVENTS):
        raise InvalidReport(f"events: one or more of {', '.join(EVENTS)}", events="unknown")
    return wanted
