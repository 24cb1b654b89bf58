"""``/metrics`` of the front door for Prometheus: its requests, the parts behind it, Messenger, and reports that wait."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bot.channels import health
from bot.channels.access import scraper_only
from bot.channels.help_tables import KeptReport
from bot.channels.kept_reports import DELIVERED, REFUSED, SENT, WAITING
from bot.channels.messenger.page import ALARM_SECONDS
from bot.channels.messenger.tables import PENDING, RECEIVED, SENDING, TURN, ChannelHeartbeat, Event, Outgoing, PageState
from bot.channels.settings import Settings
from wire.database import for_reading

# From a page out of the cache to a turn that Rasa never ends (RASA_TIMEOUT).
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register(app: Flask, settings: Settings, engine: Engine) -> None:
    """Count requests from now on, and tell at ``/metrics``: to the service's credential, or METRICS_TOKEN."""
    registry = CollectorRegistry()
    requests = Counter("mesa_front_requests", "Requests answered", ["endpoint", "method", "status"], registry=registry)
    seconds = Histogram("mesa_front_request_seconds", "Time to answer", ["endpoint"], registry=registry, buckets=BUCKETS)

    @app.before_request
    def start() -> None:
        g.counted_from = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        # Endpoints are few; paths would be as many as there are conversations, and whatever method somebody invents.
        endpoint = request.endpoint or "unmatched"
        requests.labels(endpoint, request.method if request.method in METHODS else "other", response.status_code).inc()
        if "counted_from" in g:
            seconds.labels(endpoint).observe(time.perf_counter() - g.counted_from)
        return response

    @app.get("/metrics")
    @scraper_only
    def front_metrics() -> ResponseReturnValue:
        told = CollectorRegistry()
        # Asked before the database is opened: a part may take two seconds to say nothing.
        told.register(_Parts(health.parts(health.addresses(settings))))
        told.register(_Rows(engine))
        return Response(generate_latest(registry) + generate_latest(told), content_type=CONTENT_TYPE_LATEST)


class _Parts(Collector):
    def __init__(self, found: dict[str, str]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily("mesa_part_up", "1: the part answers the front door", labels=["part"])
        for part, state in self._found.items():
            family.add_metric([part], int(state == health.OK))
        yield family


class _Rows(Collector):
    """What the chat's database tells: the same whichever process answers."""

    def __init__(self, engine: Engine) -> None:
        self._reader = for_reading(engine)

    def collect(self) -> Iterable[Metric]:
        now = time.time()
        with Session(self._reader) as session:
            yield from _worker(session, now)
            yield from _messenger(session, now)
            yield _kept(session)


def _worker(session: Session, now: float) -> Iterator[Metric]:
    beats = GaugeMetricFamily("mesa_channels_heartbeat_age_seconds", "Since the worker's last sign of life", labels=["name"])
    for beat in session.scalars(select(ChannelHeartbeat)):
        beats.add_metric([beat.name], max(0.0, now - beat.at))
    yield beats


def _messenger(session: Session, now: float) -> Iterator[Metric]:
    first_in = session.scalar(select(func.min(Event.received_at)).where(Event.state == RECEIVED, Event.lane == TURN))
    yield _age("mesa_messenger_oldest_event_seconds", "How long a customer's message has waited for its turn", first_in, now)
    first_out = session.scalar(select(func.min(Outgoing.due_at)).where(Outgoing.state.in_((PENDING, SENDING))))
    yield _age("mesa_messenger_oldest_outgoing_seconds", "For how long a message to a customer has been due", first_out, now)
    standing = session.scalar(select(PageState.alarm))
    alarms = GaugeMetricFamily("mesa_messenger_alarm", "1: Meta does not let the Page send", labels=["kind"])
    for kind in ALARM_SECONDS:
        alarms.add_metric([kind], int(kind == standing))
    yield alarms


def _kept(session: Session) -> Metric:
    family = GaugeMetricFamily("mesa_kept_reports", "Reports of the plain form, by what became of them", labels=["state"])
    counted = dict(session.execute(select(KeptReport.state, func.count()).group_by(KeptReport.state)).tuples().all())
    for state in (WAITING, DELIVERED, SENT, REFUSED):
        family.add_metric([state], counted.get(state, 0))
    return family


def _age(name: str, meaning: str, since: float | None, now: float) -> Metric:
    return GaugeMetricFamily(name, meaning, max(0.0, now - since) if since is not None else 0.0)
