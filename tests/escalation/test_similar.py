"""An open ticket about the same thing is found: by meaning, or by words where there is no vector."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from escalation import bonds, tickets, vectors
from escalation.models import Customer, Status, Ticket
from escalation.similar import Described, domain_of, similar_ticket, word_overlap
from escalation.tickets import Report
from tests.escalation.conftest import AREA_URL, NOW, service


@pytest.fixture
def server_url() -> None:
    """SQLite alone: likeness is reckoned here, in no database."""


def packed(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}e", *numbers)


def put(session: Session, customer: Customer, key: str, site: str | None, text: str, vector: bytes | None = None) -> Ticket:
    report = Report("mail", {"description": text, "site": site}, vector=vector)
    return tickets.open_ticket(session, customer, report, key, AREA_URL, NOW)[0]


SITE = "panaderialola.com.ar"
NEAR, FAR = packed(1.0, 0.7), packed(0.1, 1.0)


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("Ventas@PanaderiaLola.com.ar", SITE),
        ("https://www.panaderialola.com.ar/contacto?x=1", SITE),
        ("mi sitio www.panaderialola.com.ar.", SITE),
        ("las cuentas a@panaderialola.com.ar", SITE),
        ("maria.perez@panaderialola.com.ar y juan@otro.com", SITE),
        ("ñandú.com.ar", "ñandú.com.ar"),
        ("No lo sabe", None),
        ("", None),
        (None, None),
    ],
)
def test_a_site_is_the_first_domain_in_what_he_wrote(written: str | None, domain: str | None) -> None:
    assert domain_of(written) == domain


def test_the_most_alike_open_ticket_of_the_same_site_is_found_by_meaning(session: Session, carla: Customer) -> None:
    exact = put(session, carla, "a", f"ventas@{SITE}", "no salen los mails", packed(1.0, 0.0))
    put(session, carla, "b", SITE, "otra cosa", FAR)
    put(session, carla, "c", "otrodominio.com", "no salen los mails", packed(1.0, 0.0))
    assert similar_ticket(session, carla, Described(SITE, "", NEAR)) is exact
    assert similar_ticket(session, carla, Described(SITE, "no salen los mails", packed(-1.0, 0.2))) is None
    assert similar_ticket(session, carla, Described(None, "no salen los mails", NEAR)) is None


@pytest.mark.parametrize("vectors_", [(None, NEAR), (NEAR, None), (None, None), (NEAR, packed(1.0, 0.0, 0.0))])
def test_words_decide_where_vectors_cannot_be_compared(
    session: Session, carla: Customer, vectors_: tuple[bytes | None, bytes | None]
) -> None:
    ticket = put(session, carla, "a", SITE, "No me salen los mails", vectors_[0])
    assert similar_ticket(session, carla, Described(SITE, "no salen los MÁILS", vectors_[1])) is ticket
    assert similar_ticket(session, carla, Described(SITE, "la página no carga", vectors_[1])) is None


def test_finished_tickets_and_others_tickets_are_not_found(session: Session, carla: Customer, bruno: Customer) -> None:
    for key, status in (("a", Status.SOLVED), ("b", Status.CLOSED)):
        put(session, carla, key, SITE, "no salen los mails").status = status
    put(session, bruno, "c", SITE, "no salen los mails")
    assert similar_ticket(session, carla, Described(SITE, "no salen los mails")) is None


def test_a_ticket_without_a_site_is_like_no_other(session: Session, carla: Customer) -> None:
    put(session, carla, "a", "No lo sabe", "no salen los mails")
    assert similar_ticket(session, carla, Described("No lo sabe", "no salen los mails")) is None


@given(st.text(), st.text())
def test_the_overlap_of_words_is_between_none_and_all_and_the_same_both_ways(first: str, second: str) -> None:
    assert 0 <= word_overlap(first, second) == word_overlap(second, first) <= 1


@given(st.lists(st.floats(-100, 100, width=16), min_size=1, max_size=50).filter(any))
def test_a_vector_comes_through_the_wire_unchanged_and_is_like_itself(numbers: list[float]) -> None:
    assert vectors.decode(base64.b64encode(packed(*numbers)).decode()) == packed(*numbers)
    assert vectors.cosine(packed(*numbers), packed(*numbers)) == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", ["", "no", "AA==", "AAA=", "AAAA", "AHw=", pytest.param("A" * 8196, id="too long")])
def test_what_is_no_vector_is_refused(client: FlaskClient, wrong: str) -> None:
    answer = client.post("/api/v1/conversations/c-1/similar", json={"site": SITE, "vector": wrong}, headers=service())
    assert answer.status_code == 400


def test_the_bot_opens_with_a_vector_and_is_led_to_the_open_ticket(client: FlaskClient, session: Session, carla: Customer) -> None:
    bonds.bind(session, "c-1", carla, timedelta(hours=1), datetime.now(UTC))
    session.commit()
    vector = base64.b64encode(NEAR).decode()
    body = {"conversation_id": "c-1", "area": "mail", "fields": {"description": "x", "site": SITE}, "vector": vector}
    made = client.post("/api/v1/tickets", json=body, headers={**service(), "Idempotency-Key": "k"})
    assert made.status_code == 201
    asked = {"site": f"ventas@{SITE}", "vector": vector, "description": "otra vez lo mismo"}
    found = client.post("/api/v1/conversations/c-1/similar", json=asked, headers=service()).json["ticket"]
    assert (found["number"], found["status_name"]) == (made.json["number"], "Nuevo")
    other = {**asked, "site": "otro.com.ar"}
    assert client.post("/api/v1/conversations/c-1/similar", json=other, headers=service()).json == {"ticket": None}
    assert client.post("/api/v1/conversations/c-2/similar", json=asked, headers=service()).status_code == 403
