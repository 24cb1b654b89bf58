"""Rating the help: one verdict a ticket, by one click, changeable for some days, and no mail scanner votes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import ratings, tickets
from escalation.area_models import RatingLink, TicketRating
from escalation.errors import InvalidReport, NotAllowed, NotFound
from escalation.models import Customer, Staff, Status, Ticket
from escalation.ratings import CHANGEABLE_FOR, LINK_LIFETIME
from escalation.tickets import StaffUpdate
from tests.escalation.area import CARLA, enter, mails, send
from tests.escalation.conftest import AREA_URL, NOW, log_in
from tests.escalation.test_tickets import kinds, opened


@pytest.fixture
def solved(session: Session, carla: Customer, agent: Staff) -> Ticket:
    ticket = opened(session, carla)
    update = StaffUpdate("Aumentamos el límite.", Status.SOLVED, ticket.version)
    tickets.update_as_staff(session, ticket, agent, update, AREA_URL, datetime.now(UTC))
    session.commit()
    return ticket


def rating_of(session: Session) -> TicketRating | None:
    found = session.scalars(select(TicketRating).execution_options(populate_existing=True)).one_or_none()
    session.commit()
    return found


def link(session: Session) -> str:
    body = next(row.content["body"] for row in mails(session, CARLA) if "/valorar/" in row.content["body"])
    return body.rpartition("http://desk.test")[2].split()[0]


def test_a_finished_ticket_is_rated_once_and_changed_for_some_days(session: Session, solved: Ticket) -> None:
    ratings.rate(session, solved, "bad", "Tardaron.", NOW)
    ratings.rate(session, solved, "good", "", NOW + CHANGEABLE_FOR - timedelta(seconds=1))
    rating = rating_of(session)
    assert (rating.score, rating.comment, rating.created_at) == ("good", "Tardaron.", NOW)
    assert [kind for kind in kinds(solved, session) if kind[0] == "rated"] == [("rated", None, "bad"), ("rated", "bad", "good")]
    assert not ratings.is_open(solved, NOW + CHANGEABLE_FOR)
    with pytest.raises(NotAllowed):
        ratings.rate(session, solved, "bad", "", NOW + CHANGEABLE_FOR)


def test_an_unfinished_ticket_cannot_be_rated(session: Session, carla: Customer) -> None:
    with pytest.raises(NotAllowed):
        ratings.rate(session, opened(session, carla), "good", "", NOW)


@pytest.mark.parametrize(("score", "comment"), [("superb", ""), ("", ""), ("good", "x" * 2001)])
def test_what_is_no_rating_is_refused(session: Session, solved: Ticket, score: str, comment: str) -> None:
    with pytest.raises(InvalidReport):
        ratings.rate(session, solved, score, comment, NOW)


def test_the_mail_that_says_solved_asks_and_others_do_not(session: Session, solved: Ticket, agent: Staff) -> None:
    bodies = [row.content["body"] for row in mails(session, CARLA)]
    assert ["/valorar/" in body for body in bodies] == [False, True]
    tickets.update_as_staff(session, solved, agent, StaffUpdate("Reabro.", Status.OPEN, solved.version), AREA_URL, NOW)
    tickets.update_as_staff(session, solved, agent, StaffUpdate("", Status.SOLVED, solved.version), AREA_URL, NOW)
    assert ["/valorar/" in row.content["body"] for row in mails(session, CARLA)] == [False, True, False, True]


def test_following_the_link_votes_nothing_and_shows_nothing_of_the_ticket(
    client: FlaskClient, session: Session, solved: Ticket
) -> None:
    path = link(session)
    page = client.get(path)
    assert page.status_code == 200 and client.head(path).status_code == 200
    assert "mails con adjuntos" not in page.text and "Carla" not in page.text
    assert rating_of(session) is None
    thanks = send(client, path, {"score": "fair"})
    assert thanks.status_code == 200 and "Más o menos" in thanks.text and "¿Quiere agregar algo?" in thanks.text
    send(client, path, {"score": "fair", "comment": "La clave era Perro.2024!x"})
    rating = rating_of(session)
    assert (rating.score, rating.comment) == ("fair", "La clave era [contraseña oculta]")


def test_the_link_rates_its_own_ticket_alone_and_not_for_ever(
    client: FlaskClient, session: Session, solved: Ticket, carla: Customer
) -> None:
    path, other = link(session), opened(session, carla, "k-2")
    session.commit()
    for wrong in (path.replace(solved.number, other.number), f"{path}x", f"/area-clientes/tickets/{other.number}/valorar/x"):
        assert client.get(wrong).status_code == 410
        assert send(client, wrong, {"score": "good"}, form=path).status_code == 410
    with pytest.raises(NotFound):
        ratings.ticket_of_link(session, solved.number, path.rpartition("/")[2], datetime.now(UTC) + LINK_LIFETIME)
    (row,) = session.scalars(select(RatingLink))
    assert path.rpartition("/")[2] not in row.token_hash


def test_on_the_ticket_one_click_rates_and_what_cannot_be_is_said(
    client: FlaskClient, session: Session, solved: Ticket, agent: Staff
) -> None:
    enter(client)
    path = f"/area-clientes/tickets/{solved.number}"
    assert client.get(path).text.count('name="score"') == 3
    send(client, f"{path}/valoracion", {"score": "bad"}, form=path)
    page = client.get(path).text
    assert "Usted valoró la ayuda: «No me sirvió»" in page and 'aria-pressed="true"' in page
    send(client, f"{path}/valoracion", {"score": "bad", "comment": "Sigue <igual>"}, form=path)
    send(client, f"{path}/valoracion", {"score": "stars"}, form=path)
    assert "Elija una de las tres opciones" in client.get(path).text
    log_in(client, "/consola/ingresar", agent.email)
    assert "No le sirvió: Sigue &lt;igual&gt;" in client.get(f"/consola/tickets/{solved.number}").text
    send(client, f"{path}/reabrir", form=path)
    assert "¿Le sirvió nuestra ayuda?" not in client.get(path).text
    mailed = link(session)
    assert "ya no se puede valorar" in client.get(mailed).text
    assert send(client, mailed, {"score": "good"}, form=path).status_code == 409
