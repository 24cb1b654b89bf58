"""Tickets in the Área de Clientes: the list, the thread, a reply, and what is awaited from the customer."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from escalation import ticket_list, tickets
from escalation.models import Author, Customer, Staff, Status, Ticket, TicketMessage
from escalation.ticket_list import PAGE_LENGTH
from escalation.tickets import Report, StaffUpdate
from escalation.timeline import awaited, timeline
from tests.escalation.area import BRUNO, enter, send, text_of
from tests.escalation.conftest import AREA_URL, NOW
from tests.pictures import PNG

HOME = "/area-clientes/"
HOUR = timedelta(hours=1)
# When nothing can be taken back any more.
LATER = NOW + timedelta(days=1)


def opened(session: Session, customer: Customer, what: str, now: datetime = NOW, **fields: str) -> Ticket:
    report = Report(area="mail", fields={"description": what, **fields})
    ticket, _ = tickets.open_ticket(session, customer, report, what, AREA_URL, now)
    return ticket


def answer(
    session: Session, ticket: Ticket, agent: Staff, body: str, status: Status, now: datetime, internal: bool = False
) -> None:
    update = StaffUpdate(body, status, ticket.version, internal)
    tickets.update_as_staff(session, ticket, agent, update, AREA_URL, now)
    session.flush()


def path_of(ticket: Ticket) -> str:
    return f"{HOME}tickets/{ticket.number}"


def test_open_tickets_come_first_then_the_freshest(session: Session, carla: Customer, agent: Staff) -> None:
    names = ["vieja abierta", "resuelta ayer", "nueva abierta"]
    _, solved, _ = (opened(session, carla, name, NOW + n * HOUR) for n, name in enumerate(names))
    answer(session, solved, agent, "Listo.", Status.SOLVED, NOW + 5 * HOUR)
    lines, following = ticket_list.page(session, carla, (), LATER)
    assert [line.ticket.subject for line in lines] == ["nueva abierta", "vieja abierta", "resuelta ayer"]
    assert following is None
    only, _ = ticket_list.page(session, carla, (Status.SOLVED,), LATER)
    assert [line.ticket for line in only] == [solved] and only[0].news.body == "Listo."


def test_pages_hold_each_ticket_once_although_news_come_in_between(session: Session, carla: Customer, bruno: Customer) -> None:
    made = [opened(session, carla, f"caso {number:02}", NOW + (number // 2) * HOUR) for number in range(2 * PAGE_LENGTH + 5)]
    opened(session, bruno, "de Bruno")
    seen, key = [], ""
    while key is not None:
        lines, key = ticket_list.page(session, carla, (), LATER, key)
        seen += [line.ticket.subject for line in lines]
        # One of the first page is answered meanwhile: it goes up, and pushes nothing out of the pages to come.
        made[-1].updated_at = NOW + timedelta(days=9)
        session.flush()
    assert sorted(seen) == [f"caso {number:02}" for number in range(len(made))]


@pytest.mark.parametrize("key", ["x", "0-1", "9-1-MDA-AAAAAA", "0-99999999999999999999-A", "0-1-MDA-AAAAAA'--", "\x00"])
def test_a_key_that_nobody_made_begins_at_the_beginning(session: Session, carla: Customer, key: str) -> None:
    opened(session, carla, "uno")
    assert len(ticket_list.page(session, carla, (), LATER, key)[0]) == 1


def test_unread_is_what_others_did_since_he_looked(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla, "no anda")
    assert not ticket_list.is_unread(session, ticket, LATER)
    answer(session, ticket, agent, "una nota", Status.NEW, NOW + HOUR, internal=True)
    assert not ticket_list.is_unread(session, ticket, LATER)
    answer(session, ticket, agent, "¿Desde cuándo?", Status.WAITING, NOW + 2 * HOUR)
    assert ticket_list.is_unread(session, ticket, LATER)
    ticket_list.mark_seen(session, ticket.id, NOW + 3 * HOUR)
    assert not ticket_list.is_unread(session, ticket, LATER)
    tickets.reply_as_customer(session, ticket, "Desde ayer.", NOW + 4 * HOUR)
    assert not ticket_list.is_unread(session, ticket, LATER)
    answer(session, ticket, agent, "", Status.SOLVED, NOW + 5 * HOUR)
    assert ticket_list.is_unread(session, ticket, LATER)


def test_the_list_marks_news_until_the_ticket_was_opened(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = opened(session, carla, "no anda")
    answer(session, ticket, agent, "¿Desde cuándo?", Status.WAITING, NOW)
    session.commit()
    enter(client)
    page = text_of(client.get(HOME).text)
    assert "Novedad sin leer" in page and "Esperando su respuesta" in page and "¿Desde cuándo?" in page
    client.get(path_of(ticket))
    assert "Novedad sin leer" not in client.get(HOME).text


@pytest.mark.parametrize("trouble", [OperationalError, IntegrityError])
def test_a_mark_that_cannot_be_written_does_not_cost_the_page(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff, monkeypatch: pytest.MonkeyPatch, trouble: type
) -> None:
    ticket = opened(session, carla, "no anda")
    answer(session, ticket, agent, "¿Desde cuándo?", Status.WAITING, NOW)
    session.commit()
    enter(client)

    def fails(*_: object) -> None:
        raise trouble("INSERT", {}, Exception())

    monkeypatch.setattr(ticket_list, "mark_seen", fails)
    assert client.get(path_of(ticket)).status_code == 200


def test_the_list_filters_and_pages_without_script(client: FlaskClient, session: Session, carla: Customer, agent: Staff) -> None:
    for number in range(PAGE_LENGTH + 1):
        opened(session, carla, f"caso {number:02}", NOW + number * HOUR)
    answer(session, opened(session, carla, "ya resuelta"), agent, "Listo.", Status.SOLVED, NOW)
    session.commit()
    enter(client)
    first = client.get(HOME).text
    assert "caso 20" in first and "caso 00" not in first and "ya resuelta" not in first
    further = first.split('href="', 1)[1] and first[first.index("desde=") : first.index('"', first.index("desde="))]
    second = client.get(f"{HOME}?{further}").text
    assert "caso 00" in second and "ya resuelta" in second and "caso 20" not in second
    solved = client.get(f"{HOME}?estado=resueltos").text
    assert "ya resuelta" in solved and "caso 20" not in solved
    assert "No tiene tickets en ese estado" in client.get(f"{HOME}?estado=cerrados").text
    assert "caso 20" in client.get(f"{HOME}?estado=inventado&desde=%00").text


def test_the_thread_tells_who_did_what_and_hides_the_desks_affairs(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla, "no anda")
    answer(session, ticket, agent, "nota de la casa", Status.OPEN, NOW + HOUR, internal=True)
    answer(session, ticket, agent, "¿Desde cuándo?", Status.WAITING, NOW + 2 * HOUR)
    tickets.reply_as_customer(session, ticket, "Desde ayer.", NOW + 3 * HOUR)
    tickets.move(session, ticket, Status.CLOSED, Author.SYSTEM, "-", NOW + 4 * HOUR)
    tickets.reply_as_customer(session, ticket, "Otra vez lo mismo.", NOW + 5 * HOUR)
    session.refresh(ticket)
    told = [entry.message.body if entry.message else entry.line for entry in timeline(ticket, LATER)]
    assert told == [
        "Usted abrió el ticket",
        "Soporte tiene el ticket en curso",
        "¿Desde cuándo?",
        "Soporte espera su respuesta",
        "Desde ayer.",
        "El sistema cerró el ticket",
        "Otra vez lo mismo.",
        "Usted lo reabrió",
    ]


def test_what_is_awaited_is_said_plainly_and_only_while_it_is(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla, "no anda", since="No lo sabe", site="x.com.ar")
    soft = awaited(ticket, LATER)
    assert not soft.waiting and soft.missing == ("Desde cuándo",)
    answer(session, ticket, agent, "¿Qué dice el mensaje?", Status.WAITING, NOW)
    session.refresh(ticket)
    assert awaited(ticket, LATER).question.body == "¿Qué dice el mensaje?" and awaited(ticket, LATER).waiting
    tickets.reply_as_customer(session, ticket, "Dice 550, desde ayer.", NOW)
    session.refresh(ticket)
    # He wrote: it is for Soporte to see whether anything is missing still.
    assert awaited(ticket, LATER) is None
    answer(session, ticket, agent, "Ya está.", Status.SOLVED, NOW)
    assert awaited(ticket, LATER) is None
    assert awaited(opened(session, carla, "completo"), LATER) is None


def test_he_marks_it_solved_and_opens_it_again(client: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = opened(session, carla, "no anda")
    session.commit()
    enter(client)
    path = path_of(ticket)
    assert "Ya se resolvió" in client.get(path).text
    send(client, f"{path}/resuelto", form=path)
    page = client.get(path).text
    assert "Usted lo dio por resuelto" in page and "Ya se resolvió" not in page and "¿Le sirvió nuestra ayuda?" in page
    # The button of a page that was open elsewhere: nothing breaks, and the page says how it is now.
    assert send(client, f"{path}/resuelto", form=path).status_code == 302
    send(client, f"{path}/reabrir", form=path)
    assert "Usted lo reabrió" in client.get(path).text
    assert send(client, f"{path}/reabrir", form=path).status_code == 302


def test_a_closed_ticket_cannot_be_solved_and_says_so(client: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = opened(session, carla, "no anda")
    tickets.move(session, ticket, Status.CLOSED, Author.SYSTEM, "-", NOW)
    session.commit()
    enter(client)
    send(client, f"{path_of(ticket)}/resuelto", form=path_of(ticket))
    page = client.get(path_of(ticket)).text
    assert "El ticket cambió mientras tanto" in page and "Cerrado" in page


def test_another_customers_ticket_is_not_there_for_any_verb(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer
) -> None:
    path = path_of(opened(session, carla, "no anda"))
    session.commit()
    enter(client, BRUNO)
    for verb in ("", "/resuelto", "/reabrir", "/valoracion"):
        assert send(client, path + verb, {"body": "hola", "score": "good"}, form=HOME).status_code == 404, verb
    assert client.post(path, data={"body": "hola"}).status_code == 404


def test_a_reply_that_is_sent_twice_is_one_message(client: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = opened(session, carla, "no anda")
    session.commit()
    enter(client)
    page = client.get(path_of(ticket)).text
    form = dict(zip(("csrf_token", "key"), (part.split('"', 1)[0] for part in _values(page)), strict=True))
    for _ in range(2):
        file = (io.BytesIO(b"552 5.3.4"), "error.txt")
        data = {**form, "body": "Sigue igual.", "file": [file]}
        assert client.post(path_of(ticket), data=data, content_type="multipart/form-data").status_code == 302
    session.refresh(ticket)
    assert [message.body for message in ticket.messages] == ["Sigue igual."]
    assert [file.name for file in ticket.attachments] == ["error.txt"]


def _values(page: str) -> list[str]:
    form = page[page.index("data-keep=") :]
    return [form.split(f'name="{name}" value="', 1)[1] for name in ("csrf_token", "key")]


def test_a_reply_written_while_staff_change_the_ticket_arrives(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = opened(session, carla, "no anda")
    session.commit()
    enter(client)
    from escalation.customer_area import replies

    real, times = replies._commit, []

    def meanwhile(*args: object) -> bool:
        if not times:
            times.append(1)
            answer(session, ticket, agent, "¿Sigue?", Status.WAITING, NOW)
            session.commit()
        return real(*args)

    monkeypatch.setattr(replies, "_commit", meanwhile)
    assert send(client, path_of(ticket), {"body": "Ya probé todo."}).status_code == 302
    session.refresh(ticket)
    assert [message.body for message in ticket.messages] == ["¿Sigue?", "Ya probé todo."] and ticket.status == Status.OPEN


def test_a_refused_reply_comes_back_whole(client: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = opened(session, carla, "no anda")
    session.commit()
    enter(client)
    data = {"body": "Miren <esto>", "file": [(io.BytesIO(b"MZ\x00"), "virus.exe")]}
    refused = send(client, path_of(ticket), data, content_type="multipart/form-data")
    assert refused.status_code == 422 and "Miren &lt;esto&gt;" in refused.text and "no se puede recibir" in refused.text
    many = {"body": "Todo", "file": [(io.BytesIO(b"a"), f"{n}.txt") for n in range(11)]}
    refused = send(client, path_of(ticket), many, content_type="multipart/form-data")
    assert "hasta 10 archivos" in refused.text and "vuelva a elegir los archivos" in refused.text
    assert "hasta 20000 caracteres" in send(client, path_of(ticket), {"body": "x" * 20_001}).text
    assert "Escriba su mensaje" in send(client, path_of(ticket), {"body": "  "}).text
    # A browser counts a line's end as one character and sends two.
    assert send(client, path_of(ticket), {"body": "a\r\n" * 10_000}).status_code == 302
    session.commit()


def test_a_password_in_a_reply_is_hidden_before_it_is_stored(client: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = opened(session, carla, "no anda")
    session.commit()
    enter(client)
    send(client, path_of(ticket), {"body": "Entren con mi clave: Perro.2024!x"})
    assert session.scalars(select(TicketMessage.body)).one() == "Entren con mi clave: [contraseña oculta]"


def test_pictures_show_and_other_files_are_only_links(client: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = opened(session, carla, "no anda")
    session.commit()
    enter(client)
    data = {"body": "Va.", "file": [(io.BytesIO(PNG), "captura.png"), (io.BytesIO(b"hola"), "nota.txt")]}
    send(client, path_of(ticket), data, content_type="multipart/form-data")
    page = client.get(path_of(ticket)).text
    assert page.count("<img ") == 1 and ">captura.png</a>" in page and ">nota.txt</a>" in page
    picture = client.get(page.split('<img src="', 1)[1].split('"', 1)[0], follow_redirects=True)
    assert picture.mimetype == "image/png" and picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in picture.headers["Content-Disposition"]


def test_a_broken_promise_is_owned_up_to(client: FlaskClient, session: Session, carla: Customer) -> None:
    late, kept = opened(session, carla, "tarde"), opened(session, carla, "a tiempo")
    late.promised_at = datetime.now(UTC) - HOUR
    kept.promised_at = datetime.now(UTC) + 5 * timedelta(days=365)
    session.commit()
    enter(client)
    assert "Disculpe la demora" in client.get(path_of(late)).text
    assert "Le responderemos el" in text_of(client.get(path_of(kept)).text)
    assert "Respuesta demorada" in client.get(HOME).text
