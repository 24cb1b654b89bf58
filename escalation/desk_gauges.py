"""What ``/metrics`` tells of promised times and of chat channels that do not work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation import alarms
from escalation.business_hours import BusinessHours
from escalation.desk.clock import STAFFS_TURN
from escalation.desk.deadlines import WARN_BEFORE
from escalation.models import Ticket


def families(session: Session, hours: BusinessHours, now: datetime) -> Iterator[Metric]:
    """``at_risk`` ends within an open hour; ``lapsed`` is over, which the worker's renewals should never let happen."""
    promises = GaugeMetricFamily("mesa_promises", "Promised times of tickets whose turn is ours", labels=["state"])
    running = select(func.count()).select_from(Ticket).where(Ticket.status.in_(STAFFS_TURN))
    soon = hours.add(now, WARN_BEFORE)
    promises.add_metric(["at_risk"], session.scalar(running.where(Ticket.promised_at > now, Ticket.promised_at <= soon)) or 0)
    promises.add_metric(["lapsed"], session.scalar(running.where(Ticket.promised_at <= now)) or 0)
    yield promises
    family = GaugeMetricFamily("mesa_channel_alarm", "1: the channel told that it does not work", labels=["channel", "kind"])
    for alarm in alarms.current(session):
        family.add_metric([alarm.channel, alarm.kind], 1)
    yield family
