"""``/metrics`` for Prometheus: requests of this service, and what the database tells of tickets, outbox and worker."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation import desk_gauges
from escalation.auth.access import Caller, allow
from escalation.business_hours import BusinessHours
from escalation.mail import gauges
from escalation.mail.watch import Sources
from escalation.models import Heartbeat, LoginFailure, OutboxRow, Status, Ticket
from escalation.outbox import DEAD, PENDING, SENDING
from escalation.throttle import WINDOW

# From a page out of the cache to the longest that a customer waits.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def register(app: Flask) -> None:
    """Count requests from now on, and tell at ``/metrics``: to the service's credential, or METRICS_TOKEN."""
    registry = CollectorRegistry()
    requests = Counter("mesa_http_requests", "Requests answered", ["endpoint", "method", "status"], registry=registry)
    seconds = Histogram("mesa_http_request_seconds", "Time to answer", ["endpoint"], registry=registry, buckets=BUCKETS)

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        # Endpoints are few; paths would be as many as there are tickets.
        endpoint = request.endpoint or "unmatched"
        requests.labels(endpoint, _method(), response.status_code).inc()
        if "started" in g:
            seconds.labels(endpoint).observe(time.perf_counter() - g.started)
        return response

    @app.get("/metrics")
    @allow(Caller.SERVICE, Caller.SCRAPER)
    def metrics() -> ResponseReturnValue:
        # Each gunicorn process counts for itself; with PROMETHEUS_MULTIPROC_DIR their sum is told.
        shown = CollectorRegistry() if "PROMETHEUS_MULTIPROC_DIR" in os.environ else registry
        if shown is not registry:
            MultiProcessCollector(shown)
        told = CollectorRegistry()
        sources, hours = Sources.of(g.settings), g.settings.business_hours
        told.register(_DatabaseCollector(g.session, sources, hours, datetime.now(UTC)))
        return Response(generate_latest(shown) + generate_latest(told), content_type=CONTENT_TYPE_LATEST)


def _method() -> str:
    # Whatever else somebody sends would be a series of its own.
    return request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"


class _DatabaseCollector(Collector):
    """Read when asked: the same whichever process answers."""

    def __init__(self, session: Session, sources: Sources, hours: BusinessHours, now: datetime) -> None:
        self._session, self._sources, self._hours, self._now = session, sources, hours, now

    def collect(self) -> Iterable[Metric]:
        yield self._tickets()
        yield self._outbox()
        yield from self._ages()
        yield from gauges.families(self._session, self._sources, self._now)
        yield from desk_gauges.families(self._session, self._hours, self._now)
        recent = select(func.count()).select_from(LoginFailure).where(LoginFailure.at > self._now - WINDOW)
        failures = self._session.scalar(recent) or 0
        yield GaugeMetricFamily("mesa_login_failures_recent", "Failed log-ins of the last fifteen minutes", failures)

    def _tickets(self) -> Metric:
        family = GaugeMetricFamily("mesa_tickets", "Tickets by status", labels=["status"])
        rows = self._session.execute(select(Ticket.status, func.count()).group_by(Ticket.status)).all()
        counted = {row[0]: row[1] for row in rows}
        for status in Status:
            family.add_metric([status], counted.get(status, 0))
        return family

    def _outbox(self) -> Metric:
        family = GaugeMetricFamily("mesa_outbox_rows", "Rows of the outbox that have not left", labels=["channel", "state"])
        waiting = select(OutboxRow.channel, OutboxRow.state, func.count()).where(OutboxRow.state.in_((PENDING, SENDING, DEAD)))
        for channel, state, number in self._session.execute(waiting.group_by(OutboxRow.channel, OutboxRow.state)):
            family.add_metric([channel, state], number)
        return family

    def _ages(self) -> Iterator[Metric]:
        oldest = self._session.scalar(select(func.min(OutboxRow.due_at)).where(OutboxRow.state.in_((PENDING, SENDING))))
        age = max(0.0, (self._now - oldest).total_seconds()) if oldest else 0.0
        yield GaugeMetricFamily("mesa_outbox_oldest_due_seconds", "For how long the oldest row has been due", age)
        beats = GaugeMetricFamily("mesa_heartbeat_age_seconds", "Since the last sign of life", labels=["name"])
        for beat in self._session.scalars(select(Heartbeat)):
            beats.add_metric([beat.name], (self._now - beat.at).total_seconds())
        yield beats
