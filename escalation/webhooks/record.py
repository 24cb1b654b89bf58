"""What became of each try; a webhook that has failed for long is switched off, and staff are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.integration_models import Webhook, WebhookAttempt
from escalation.mail.rendering import write
from escalation.models import OutboxRow, Role, Staff
from escalation.outbox import enqueue_mail

# Longer than a weekend on which nobody looks after the receiver.
DISABLED_AFTER = timedelta(days=5)
GONE = 410


class Told(Protocol):
    """See :class:`escalation.webhooks.sending.Outcome`."""

    @property
    def status(self) -> int | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def ms(self) -> int: ...
    @property
    def arrived(self) -> bool: ...


def note(session: Session, webhook_id: str, row: OutboxRow, outcome: Told, now: datetime) -> None:
    """Log the try; nothing where the webhook was removed in the meantime."""
    webhook = session.get(Webhook, webhook_id, with_for_update=True)
    if webhook is None:
        return
    attempt = WebhookAttempt(
        webhook_id=webhook_id,
        message_id=row.key,
        event=row.content["event"],
        attempt=row.attempts,
        status=outcome.status,
        error=outcome.error,
        ms=outcome.ms,
        at=now,
    )
    session.add(attempt)
    if outcome.arrived:
        webhook.failing_since = None
        return
    webhook.failing_since = webhook.failing_since or now
    if outcome.status == GONE:
        _disable(session, webhook, "the receiver says that it is gone (410)", now)
    elif now - webhook.failing_since >= DISABLED_AFTER:
        _disable(session, webhook, f"nothing arrived since {webhook.failing_since:%Y-%m-%d %H:%M} UTC", now)


def _disable(session: Session, webhook: Webhook, reason: str, now: datetime) -> None:
    if not webhook.active:
        return
    webhook.active, webhook.disabled_reason = False, reason
    letter = write("webhook_off", url=webhook.url, reason=reason, webhook=webhook.id)
    for member in session.scalars(select(Staff).where(Staff.active, Staff.role == Role.ADMIN)):
        key = f"webhook-off-{now:%Y%m%d%H%M%S}-{webhook.id[:8]}-{member.id}"
        enqueue_mail(session, key, member.email, letter.subject, letter.body, now, auto_submitted="auto-generated")
