"""Two tickets become one, one becomes two: nothing that was written is lost, and every number leads somewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import attachments, bonds, customer_tickets, promises, tickets
from escalation.chat_models import Attachment
from escalation.desk import answer_drafts, followers, links, merging, properties, splitting
from escalation.desk.history import By
from escalation.errors import InvalidReport, NotAllowed, NotFound, StaleTicket
from escalation.file_store import StoredFile
from escalation.models import Area, Author, Customer, Staff, Status, Ticket, new_id
from tests.escalation.conftest import AREA_URL, NOW, log_in, service
from tests.escalation.desk_helpers import act, answer, events, mails, reported
from tests.escalation.test_business_hours import HOURS

CARLA = "carla@panaderialola.com.ar"
LATER = NOW + timedelta(hours=1)


def merge(session: Session, source: Ticket, target: Ticket, agent: Staff) -> None:
    merging.merge(session, source, target, act(agent, source, LATER), AREA_URL, HOURS)
    session.commit()


def bodies(session: Session, ticket: Ticket) -> list[str]:
    session.refresh(ticket)
    return [message.body for message in ticket.messages]


def with_file(session: Session, ticket: Ticket, body: str) -> Attachment:
    message = tickets.reply_as_customer(session, ticket, body, NOW, HOURS)
    stored = StoredFile(path=new_id(), name=f"{body}.png", media_type="image/png", size=1, sha256=new_id())
    attachments.add_to_message(session, [stored], ticket, message)
    session.commit()
    return session.scalars(select(Attachment).where(Attachment.message_id == message.id)).one()


def test_what_was_written_and_sent_goes_along_and_the_report_stands_in_the_thread(
    session: Session, carla: Customer, agent: Staff
) -> None:
    source, target = reported(session, carla, "el sitio no abre"), reported(session, carla, "tampoco anda el correo")
    file = with_file(session, source, "captura")
    tickets.reply_as_customer(session, target, "Es urgente.", NOW, HOURS)
    session.commit()
    merge(session, source, target, agent)
    assert bodies(session, source) == []
    assert bodies(session, target)[:2] == ["captura", "Es urgente."]
    assert source.number in bodies(session, target)[2] and "el sitio no abre" in bodies(session, target)[2]
    session.refresh(file)
    assert file.ticket_id == target.id
    assert merging.merged_into(session, target) == [source]
    assert {event.ticket_id for event in merging.history(session, target)} == {source.id, target.id}
    assert events(session, source)[-2:] == [("status", "new", "closed"), ("merged_into", source.number, target.number)]
    assert ("merged_from", None, source.number) in events(session, target)


def test_the_old_number_leads_to_the_new_ticket_for_everybody(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer, agent: Staff
) -> None:
    first, second, third = (reported(session, carla, text) for text in ("uno", "dos", "tres"))
    merge(session, first, second, agent)
    merge(session, second, third, agent)
    for number in (first.number, second.number, third.number):
        assert tickets.find(session, number, carla).id == third.id
        with pytest.raises(NotFound):
            tickets.find(session, number, bruno)
    bonds.bind(session, "c-1", carla, timedelta(days=3650), NOW)
    session.commit()
    log_in(client, "/area-clientes/ingresar", CARLA)
    log_in(client, "/consola/ingresar", agent.email)
    assert client.get(f"/consola/tickets/{first.number}").location == f"/consola/tickets/{third.number}"
    assert third.number in client.get(f"/area-clientes/tickets/{first.number}").text
    path = f"/api/v1/conversations/c-1/tickets/{first.number}"
    told = client.post(f"{path}/messages", json={"body": "Sigo acá."}, headers={**service(), "Idempotency-Key": "k"})
    assert (told.status_code, told.json["ticket"]["number"]) == (201, third.number)
    assert "Sigo acá." in bodies(session, third)


def test_a_merged_ticket_is_closed_for_good(session: Session, carla: Customer, agent: Staff) -> None:
    source, target = reported(session, carla), reported(session, carla)
    merge(session, source, target, agent)
    assert source.status == Status.CLOSED
    for refused in (
        lambda: customer_tickets.change(session, source, Status.OPEN, LATER, HOURS),
        lambda: answer(session, source, agent, "Hola.", Status.OPEN),
        lambda: properties.change(session, source, {"priority": "high"}, act(agent, source), HOURS),
        lambda: merging.merge(session, target, source, act(agent, target), AREA_URL, HOURS),
        lambda: merging.merge(session, source, target, act(agent, source), AREA_URL, HOURS),
    ):
        with pytest.raises(NotAllowed):
            refused()
        session.rollback()


def test_who_still_holds_the_merged_ticket_writes_into_the_other_one_with_his_files(
    session: Session, carla: Customer, agent: Staff
) -> None:
    source, target = reported(session, carla), reported(session, carla)
    merge(session, source, target, agent)
    file = with_file(session, source, "tarde")
    assert file.ticket_id == target.id
    assert "tarde" in bodies(session, target)


def test_only_tickets_of_one_customer_and_only_as_they_were_seen(
    session: Session, carla: Customer, bruno: Customer, agent: Staff
) -> None:
    hers, his, second = reported(session, carla), reported(session, bruno), reported(session, carla)
    for source, target in ((hers, his), (hers, hers)):
        with pytest.raises(NotAllowed):
            merging.merge(session, source, target, act(agent, source), AREA_URL, HOURS)
    seen = act(agent, hers)
    tickets.reply_as_customer(session, hers, "No es lo mismo.", NOW, HOURS)
    session.commit()
    with pytest.raises(StaleTicket):
        merging.merge(session, hers, second, seen, AREA_URL, HOURS)


def test_the_key_of_the_report_and_of_a_message_still_find_what_they_made(session: Session, carla: Customer, agent: Staff) -> None:
    report = tickets.Report("mail", {"description": "no anda"}, conversation_id="c-1")
    source, _ = tickets.open_ticket(session, carla, report, "k-report", AREA_URL, NOW, HOURS)
    target = reported(session, carla)
    customer_tickets.reply_once(session, source, "hola", "k-message", "c-1", NOW, HOURS)
    customer_tickets.reply_once(session, target, "hola otra vez", "k-message", "c-1", NOW, HOURS)
    session.commit()
    merge(session, source, target, agent)
    assert tickets.open_ticket(session, carla, report, "k-report", AREA_URL, NOW, HOURS) == (target, False)
    again, made = customer_tickets.reply_once(session, target, "hola", "k-message", "c-1", NOW, HOURS)
    assert not made and again.body == "hola otra vez"
    assert {"hola", "hola otra vez"} <= set(bodies(session, target))


def test_an_open_question_stays_open_with_the_earlier_promise(session: Session, carla: Customer, agent: Staff) -> None:
    source = reported(session, carla, now=NOW)
    promised = source.promised_at
    target = reported(session, carla, now=NOW)
    answer(session, target, agent, "Listo.", Status.SOLVED)
    merge(session, source, target, agent)
    assert (target.status, target.promised_at, source.promised_at) == (Status.OPEN, promised, None)

    done, busy = reported(session, carla), reported(session, carla)
    answer(session, done, agent, "Listo.", Status.SOLVED)
    before = busy.promised_at
    merge(session, done, busy, agent)
    assert (busy.status, busy.promised_at) == (Status.NEW, before)


def test_tags_followers_links_drafts_and_the_higher_priority_go_along(
    session: Session, carla: Customer, bruno: Customer, agent: Staff
) -> None:
    source, target, other = reported(session, carla), reported(session, carla), reported(session, bruno)
    properties.change(session, source, {"tags": ["dns", "smtp"], "priority": "high"}, act(agent, source), HOURS)
    properties.change(session, target, {"tags": ["smtp"], "priority": "low"}, act(agent, target), HOURS)
    followers.watch(session, source, agent, NOW)
    for linked in (other, target):
        links.link(session, source, linked, By(Author.STAFF, agent.id, NOW))
    answer_drafts.keep(session, source, agent, "Hola Carla:", False, NOW)
    answer_drafts.keep(session, target, agent, "Estimada:", False, NOW)
    session.commit()
    merge(session, source, target, agent)
    assert [tag.name for tag in target.tags] == ["dns", "smtp"]
    assert target.priority == "high"
    assert followers.watchers(session, target) == [agent]
    assert links.related(session, target) == [other] and links.related(session, source) == []
    assert answer_drafts.of(session, target, agent).body == "Hola Carla:\n\nEstimada:"
    assert answer_drafts.of(session, source, agent) is None


def test_the_customer_gets_one_mail_about_it(session: Session, carla: Customer, agent: Staff) -> None:
    source, target = reported(session, carla), reported(session, carla)
    before = len(mails(session, CARLA))
    merge(session, source, target, agent)
    (mail,) = mails(session, CARLA)[before:]
    assert source.number in mail.content["subject"] and f"tickets/{target.number}" in mail.content["body"]


def split(session: Session, ticket: Ticket, ids: list[int], agent: Staff, copy: bool = False) -> Ticket:
    wanted = splitting.Split(ids, "La factura de marzo", Area.PAYMENT, copy)
    made = splitting.split(session, ticket, wanted, act(agent, ticket, LATER), AREA_URL, HOURS)
    session.commit()
    return made


def test_messages_about_something_else_go_to_a_ticket_of_their_own_with_their_files(
    session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla)
    tickets.reply_as_customer(session, ticket, "Sigue sin andar.", NOW, HOURS)
    file = with_file(session, ticket, "Además la factura está mal.")
    made = split(session, ticket, [file.message_id], agent)
    session.refresh(file)
    assert (bodies(session, ticket), bodies(session, made)) == (["Sigue sin andar."], ["Además la factura está mal."])
    assert file.ticket_id == made.id
    assert (made.customer_id, made.area, made.status, made.subject) == (carla.id, "payment", "new", "La factura de marzo")
    assert made.promised_at > LATER
    assert links.related(session, ticket) == [made]
    assert ("split_to", None, made.number) in events(session, ticket)
    assert ("split_from", None, ticket.number) in events(session, made)
    mail = mails(session, CARLA)[-1]
    assert made.number in mail.content["subject"] and "Le responderemos" in mail.content["body"]


def test_one_message_about_two_things_is_copied(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    file = with_file(session, ticket, "No anda, y la factura está mal.")
    made = split(session, ticket, [file.message_id], agent, copy=True)
    session.refresh(file)
    assert bodies(session, ticket) == bodies(session, made) == ["No anda, y la factura está mal."]
    assert file.ticket_id == ticket.id


@pytest.mark.parametrize("chosen", ["none", "foreign", "unknown"])
def test_only_messages_of_the_ticket_can_be_split_off(
    session: Session, carla: Customer, bruno: Customer, agent: Staff, chosen: str
) -> None:
    ticket, his = reported(session, carla), reported(session, bruno)
    foreign = tickets.reply_as_customer(session, his, "mío", NOW, HOURS).id
    session.commit()
    ids = {"none": [], "foreign": [foreign], "unknown": [987654]}[chosen]
    with pytest.raises(InvalidReport):
        split(session, ticket, ids, agent)


def test_a_split_makes_what_another_agent_saw_stale(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    message = tickets.reply_as_customer(session, ticket, "hola", NOW, HOURS)
    session.commit()
    seen = act(agent, ticket)
    split(session, ticket, [message.id], agent)
    with pytest.raises(StaleTicket):
        properties.change(session, ticket, {"priority": "high"}, seen, HOURS)


def test_an_answer_that_came_along_from_an_older_ticket_is_no_answer_in_no_time(
    session: Session, carla: Customer, agent: Staff
) -> None:
    source = reported(session, carla, now=NOW - timedelta(days=7))
    answer(session, source, agent, "Lo estamos viendo.", Status.OPEN, NOW - timedelta(days=6))
    target = reported(session, carla, now=NOW)
    merge(session, source, target, agent)
    assert promises.load_of(session, LATER, HOURS).recent == ()
