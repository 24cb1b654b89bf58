"""What ``/metrics`` tells of mail that comes in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.mail import watch
from escalation.mail.intake import State
from escalation.mail.watch import Sources
from escalation.mail_models import InboundMail

KINDS = ("mailbox", "reception", "backlog")


def families(session: Session, sources: Sources, now: datetime) -> Iterator[Metric]:
    """Ages, what waits, and alarms: 1 where one stands, so that a rule needs no figure of ours."""
    fetched = GaugeMetricFamily("mesa_mail_fetch_age_seconds", "Since the mailbox was last read to its end", labels=["mailbox"])
    for mailbox, age in watch.ages(session, sources, now).items():
        fetched.add_metric([mailbox], age.total_seconds())
    yield fetched
    received = watch.last_received(session, now)
    since = received.total_seconds() if received is not None else None
    yield GaugeMetricFamily("mesa_mail_received_age_seconds", "Since the last mail came in", since)
    mails = GaugeMetricFamily("mesa_mails", "Mails that came in, by what became of them", labels=["state"])
    counted = dict(session.execute(select(InboundMail.state, func.count()).group_by(InboundMail.state)).tuples().all())
    for state in State:
        mails.add_metric([state], counted.get(state, 0))
    yield mails
    standing = {trouble.kind for trouble in watch.troubles(session, sources, now)}
    alarms = GaugeMetricFamily("mesa_mail_alarm", "1: mail is not being taken in", labels=["kind"])
    for kind in KINDS:
        alarms.add_metric([kind], int(kind in standing))
    yield alarms
