"""Twenty agents and two hundred customers at once, each in a thread, against the service as Procfile starts it."""

from __future__ import annotations

import random
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import requests
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import sessions
from escalation.models import Customer, Staff
from escalation.sessions import Kind

AGENT_PAUSE, CUSTOMER_PAUSE = 3.0, 10.0
# Most come to read; of two hundred at once, still one or two open a ticket each second.
NEW_TICKETS = 0.2
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_VERSION = re.compile(r'name="version" value="(\d+)"')


@dataclass
class Times:
    """Seconds by what was asked for, and what did not answer as it should."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, began: float, status: int) -> None:
        with self.lock:
            self.seconds.setdefault(what, []).append(time.perf_counter() - began)
            # Two agents with one ticket: the second one is told, as he should be.
            if status not in (200, 201, 409):
                self.failed.append(f"{what}: {status}")


def run(url: str, engine: Engine, agents: int, customers: int, seconds: float) -> Times:
    """Everybody works for so long, with pauses as people make them."""
    times, until = Times(), time.monotonic() + seconds
    with Session(engine) as session, session.begin():
        now, hour = datetime.now(UTC), timedelta(hours=1)
        staff = session.scalars(select(Staff.id).limit(agents)).all()
        people = session.scalars(select(Customer.id).limit(customers)).all()
        tokens = [(Kind.STAFF, sessions.start(session, Kind.STAFF, one, hour, now)) for one in staff]
        tokens += [(Kind.CUSTOMER, sessions.start(session, Kind.CUSTOMER, one, hour, now)) for one in people]
    threads = [
        threading.Thread(target=_agent if kind is Kind.STAFF else _customer, args=(_Person(url, kind, token, n, times), until))
        for n, (kind, token) in enumerate(tokens)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


class _Person:
    def __init__(self, url: str, kind: Kind, token: str, number: int, times: Times) -> None:
        self.url, self.times, self.chance = url, times, random.Random(number)  # noqa: S311
        self.http = requests.Session()
        name, path = ("console_session", "/consola/") if kind is Kind.STAFF else ("area_session", "/area-clientes/")
        self.http.cookies.set(name, token, path=path)
        # Each from an address of his own: the service counts requests by address.
        self.http.headers["X-Forwarded-For"] = f"10.1.{number // 250}.{number % 250 + 1}"

    def ask(self, what: str, path: str, **form: str) -> str:
        began = time.perf_counter()
        try:
            answer = self.http.post(self.url + path, data=form, timeout=60) if form else self.http.get(self.url + path, timeout=60)
        except requests.RequestException as failed:
            self.times.note(what, began, 0)
            self.times.failed.append(type(failed).__name__)
            return ""
        self.times.note(what, began, answer.status_code)
        return answer.text

    def rest(self, seconds: float) -> None:
        time.sleep(self.chance.uniform(0.5, 1.5) * seconds)


def _agent(person: _Person, until: float) -> None:
    person.rest(AGENT_PAUSE)
    while time.monotonic() < until:
        page = person.ask("agent: queue", "/consola/?cola=para-atender")
        numbers = re.findall(r"/consola/tickets/(MDA-\w+)", page)
        person.rest(AGENT_PAUSE)
        if not numbers:
            continue
        path = f"/consola/tickets/{person.chance.choice(numbers)}"
        page = person.ask("agent: ticket", path)
        person.rest(AGENT_PAUSE)
        if (csrf := _CSRF.search(page)) and (version := _VERSION.search(page)):
            form = {"csrf_token": csrf[1], "version": version[1], "body": "Lo estamos viendo.", "status": "waiting_on_customer"}
            person.ask("agent: answer", path, **form)


def _customer(person: _Person, until: float) -> None:
    person.rest(CUSTOMER_PAUSE)
    while time.monotonic() < until:
        page = person.ask("customer: list", "/area-clientes/")
        person.rest(CUSTOMER_PAUSE)
        numbers = re.findall(r"/area-clientes/tickets/(MDA-\w+)", page)
        if numbers and person.chance.random() > NEW_TICKETS:
            person.ask("customer: ticket", f"/area-clientes/tickets/{person.chance.choice(numbers)}")
        else:
            _report(person)
        person.rest(CUSTOMER_PAUSE)


def _report(person: _Person) -> None:
    page = person.ask("customer: form", "/area-clientes/tickets/nuevo")
    person.rest(CUSTOMER_PAUSE)
    if csrf := _CSRF.search(page):
        key = re.search(r'name="key" value="([^"]+)"', page)
        form = {"csrf_token": csrf[1], "area": "mail", "description": "No puedo enviar correos", "key": key[1] if key else ""}
        person.ask("customer: new ticket", "/area-clientes/tickets/nuevo", **form)
