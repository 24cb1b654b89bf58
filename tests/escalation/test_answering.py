"""What an agent types: kept, asked, sent, taken back; and who else is at it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import customer_tickets, outbox, tickets
from escalation.customers import register_staff
from escalation.desk import answer_drafts, asking, merging, presence, taking_back
from escalation.desk.life import thread_for_customer
from escalation.desk.mails import QUESTIONS
from escalation.desk.presence import HERE_FOR
from escalation.desk.taking_back import TAKE_BACK
from escalation.errors import InvalidReport, NotAllowed, StaleTicket
from escalation.models import Area, Customer, Role, Staff, Status, Ticket, TicketMessage
from escalation.notices import FIELD_NAMES
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD, csrf, log_in
from tests.escalation.desk_helpers import act, answer, events, mails, reported
from tests.escalation.test_business_hours import HOURS, here

CARLA = "carla@panaderialola.com.ar"
SECOND = timedelta(seconds=1)


@pytest.fixture
def berta(session: Session) -> Staff:
    member = register_staff(session, "berta@csiserver.com", "Berta Ríos", Role.AGENT, PASSWORD)
    session.commit()
    return member


def test_a_draft_is_kept_for_each_agent_and_ticket_and_gone_when_it_was_sent(
    session: Session, carla: Customer, agent: Staff, berta: Staff
) -> None:
    ticket, other = reported(session, carla), reported(session, carla)
    answer_drafts.keep(session, ticket, agent, "Estimada Carla:", False, NOW)
    answer_drafts.keep(session, ticket, agent, "Estimada Carla: ya", True, NOW + SECOND)
    answer_drafts.keep(session, ticket, berta, "Hola", False, NOW)
    session.commit()
    mine = answer_drafts.of(session, ticket, agent)
    assert (mine.body, mine.internal, mine.updated_at) == ("Estimada Carla: ya", True, NOW + SECOND)
    assert answer_drafts.of(session, other, agent) is None
    answer(session, ticket, agent, "Estimada Carla: ya está.", Status.OPEN)
    assert answer_drafts.of(session, ticket, agent) is None
    assert answer_drafts.of(session, ticket, berta).body == "Hola"


def test_a_page_that_saves_after_it_sent_makes_no_draft_of_what_was_sent(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    answer(session, ticket, agent, "Ya está.", Status.OPEN)
    assert answer_drafts.keep(session, ticket, agent, " Ya está. ", False, NOW) is None
    assert answer_drafts.keep(session, ticket, agent, "  ", False, NOW) is None
    with pytest.raises(InvalidReport):
        answer_drafts.keep(session, ticket, agent, "x" * 20_001, False, NOW)


def test_keeping_a_draft_is_no_change_of_the_ticket(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    version, count = ticket.version, len(events(session, ticket))
    answer_drafts.keep(session, ticket, agent, "Hola", False, NOW)
    presence.look(session, ticket, agent, True, NOW)
    session.commit()
    session.refresh(ticket)
    assert (ticket.version, len(events(session, ticket))) == (version, count)


def sent(session: Session, ticket: Ticket, agent: Staff, status: Status, at: object = NOW) -> TicketMessage:
    answer(session, ticket, agent, "Reinicie el router.", status, at, hold=TAKE_BACK)  # type: ignore[arg-type]
    return session.scalars(select(TicketMessage).order_by(TicketMessage.id.desc())).first()


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.WAITING, Status.SOLVED, Status.CLOSED])
def test_an_answer_taken_back_leaves_all_as_it_was_and_the_text_as_draft(
    session: Session, carla: Customer, agent: Staff, status: Status
) -> None:
    ticket = reported(session, carla)
    before = (ticket.status, ticket.status_at, ticket.promised_at, ticket.promise_basis, ticket.promise_left)
    message = sent(session, ticket, agent, status)
    draft = taking_back.take_back(session, message, agent, NOW + 9 * SECOND, HOURS)
    session.commit()
    session.refresh(ticket)
    assert (ticket.status, ticket.status_at, ticket.promised_at, ticket.promise_basis, ticket.promise_left) == before
    assert (draft.body, ticket.messages) == ("Reinicie el router.", [])
    assert [row.key for row in mails(session, CARLA)] == [f"ticket-{ticket.number}-received"]
    assert "taken_back" in [kind for kind, *_ in events(session, ticket)]


def test_while_it_can_be_taken_back_the_customer_sees_nothing_and_no_mail_leaves(
    session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla)
    sent(session, ticket, agent, Status.OPEN)
    session.refresh(ticket)
    for seconds, seen in ((0, 0), (9, 0), (10, 1)):
        now = NOW + seconds * SECOND
        assert len(thread_for_customer(ticket, now)) == seen
        assert (customer_tickets.last_news(ticket, now) is not None) == bool(seen)
    (mail,) = [row for row in mails(session, CARLA) if row.key.startswith("message-")]
    assert mail.due_at == NOW + TAKE_BACK


def test_too_late_somebody_elses_or_already_leaving_cannot_be_taken_back(
    session: Session, carla: Customer, agent: Staff, berta: Staff
) -> None:
    ticket = reported(session, carla)
    message = sent(session, ticket, agent, Status.OPEN)
    for member, now in ((agent, NOW + TAKE_BACK), (berta, NOW + SECOND)):
        with pytest.raises(NotAllowed):
            taking_back.take_back(session, message, member, now, HOURS)
    (mail,) = [row for row in mails(session, CARLA) if row.key.startswith("message-")]
    mail.state = outbox.SENDING
    session.commit()
    with pytest.raises(NotAllowed):
        taking_back.take_back(session, message, agent, NOW + SECOND, HOURS)
    answer(session, ticket, agent, "Sin espera.", Status.OPEN)
    with pytest.raises(NotAllowed):
        taking_back.take_back(
            session, session.scalars(select(TicketMessage).order_by(-TicketMessage.id)).first(), agent, NOW, HOURS
        )


def test_what_the_customer_did_in_between_stays(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    message = sent(session, ticket, agent, Status.SOLVED)
    tickets.reply_as_customer(session, ticket, "¿Hay novedades?", NOW + SECOND, HOURS)
    session.commit()
    taking_back.take_back(session, message, agent, NOW + 2 * SECOND, HOURS)
    session.commit()
    session.refresh(ticket)
    assert ticket.status == Status.OPEN and ticket.promised_at is not None
    assert [message.body for message in ticket.messages] == ["¿Hay novedades?"]


def test_a_note_of_a_colleague_in_between_does_not_leave_the_ticket_solved_without_an_answer(
    session: Session, carla: Customer, agent: Staff, berta: Staff
) -> None:
    ticket = reported(session, carla)
    promised = ticket.promised_at
    message = sent(session, ticket, agent, Status.SOLVED)
    answer(session, ticket, berta, "Ojo.", Status.SOLVED, NOW + SECOND, internal=True)
    taking_back.take_back(session, message, agent, NOW + 2 * SECOND, HOURS)
    session.commit()
    assert (ticket.status, ticket.promised_at) == (Status.NEW, promised)


def test_what_was_typed_after_sending_is_not_lost_by_taking_back(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    message = sent(session, ticket, agent, Status.OPEN)
    answer_drafts.keep(session, ticket, agent, "Y también", False, NOW + SECOND)
    draft = taking_back.take_back(session, message, agent, NOW + 2 * SECOND, HOURS)
    assert draft.body == "Reinicie el router.\n\nY también"


def test_an_answer_of_a_ticket_that_was_merged_is_not_taken_back_any_more_but_leaves(
    session: Session, carla: Customer, agent: Staff
) -> None:
    ticket, target = reported(session, carla), reported(session, carla)
    message = sent(session, ticket, agent, Status.OPEN)
    merging.merge(session, ticket, target, act(agent, ticket), AREA_URL, HOURS)
    session.commit()
    with pytest.raises(NotAllowed):
        taking_back.take_back(session, message, agent, NOW + SECOND, HOURS)
    assert f"message-{message.id}" in [row.key for row in mails(session, CARLA)]


def ask(session: Session, ticket: Ticket, agent: Staff, names: list[str], remark: str = "") -> TicketMessage:
    message = asking.ask(session, ticket, names, act(agent, ticket), AREA_URL, HOURS, remark)
    session.commit()
    return message


def test_one_stroke_asks_for_what_the_report_lacks_and_any_reply_opens_it_again(
    session: Session, carla: Customer, agent: Staff
) -> None:
    report = tickets.Report("mail", {"description": "no anda", "site": "info@x.com.ar", "error_message": "No lo sabe"})
    ticket, _ = tickets.open_ticket(session, carla, report, None, AREA_URL, NOW, HOURS)
    session.commit()
    names = asking.lacking(ticket)
    assert names == ["error_message", "scope", "mail_program", "frequency", "circumstances", "since", "attachments"]
    message = ask(session, ticket, agent, names[:2], "Gracias por su paciencia.")
    assert ticket.status == Status.WAITING
    assert QUESTIONS["error_message"] in message.body and QUESTIONS["scope"] in message.body
    assert "Gracias por su paciencia." in message.body
    assert "site" not in message.body and QUESTIONS["site"] not in message.body
    assert events(session, ticket, "asked") == [("asked", None, "error_message, scope")]
    assert QUESTIONS["scope"] in mails(session, CARLA)[-1].content["body"]
    tickets.reply_as_customer(session, ticket, "Con todas.", NOW + timedelta(days=1), HOURS)
    assert ticket.status == Status.OPEN


def test_every_field_of_the_report_can_be_asked_for_courteously() -> None:
    assert set(QUESTIONS) == set(FIELD_NAMES) - {"remark"}
    assert set(asking.WANTED) == set(Area)
    assert {name for names in asking.WANTED.values() for name in names} <= set(QUESTIONS)
    for question in QUESTIONS.values():
        assert question.startswith("¿") and "?" in question


@pytest.mark.parametrize("names", [[], ["colour"], ["site", "colour"]])
def test_only_fields_of_the_report_are_asked_for(session: Session, carla: Customer, agent: Staff, names: list[str]) -> None:
    ticket = reported(session, carla)
    with pytest.raises(InvalidReport):
        ask(session, ticket, agent, names)


def test_asking_in_a_ticket_that_somebody_changed_or_that_is_done_is_refused(
    session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla)
    seen = act(agent, ticket)
    tickets.reply_as_customer(session, ticket, "Dice 552.", NOW, HOURS)
    session.commit()
    with pytest.raises(StaleTicket):
        asking.ask(session, ticket, ["site"], seen, AREA_URL, HOURS)
    answer(session, ticket, agent, "", Status.CLOSED)
    with pytest.raises(NotAllowed):
        ask(session, ticket, agent, ["site"])


def test_the_others_who_look_and_write_are_told_until_their_pages_fall_silent(
    session: Session, carla: Customer, agent: Staff, berta: Staff
) -> None:
    ticket, other = reported(session, carla), reported(session, carla)
    presence.look(session, ticket, agent, False, NOW)
    presence.look(session, ticket, berta, True, NOW)
    presence.look(session, ticket, berta, False, NOW + SECOND)
    session.commit()

    def seen(by: Staff, at: object, where: Ticket = ticket) -> list[tuple[str, bool]]:
        return [(each.member.name, each.is_writing) for each in presence.who_is_here(session, where, at, but=by)]  # type: ignore[arg-type]

    assert seen(agent, NOW + SECOND) == [("Berta Ríos", True)]
    assert seen(berta, NOW + SECOND) == [(agent.name, False)]
    assert seen(agent, NOW, other) == []
    assert seen(agent, NOW + HERE_FOR) == [("Berta Ríos", False)]
    assert seen(agent, NOW + HERE_FOR + SECOND) == []
    presence.leave(session, ticket, berta)
    assert seen(agent, NOW + SECOND) == []


def test_in_the_console_every_verb_can_be_reached(client: FlaskClient, session: Session, carla: Customer, agent: Staff) -> None:
    first, second, third = (reported(session, carla, text, here("2026-11-24T10:00")) for text in ("uno", "dos", "tres"))
    message = tickets.reply_as_customer(session, first, "La factura está mal.", NOW, HOURS)
    session.commit()
    log_in(client, "/consola/ingresar", agent.email)

    def post(ticket: Ticket, path: str, **form: object):  # type: ignore[no-untyped-def]
        session.refresh(ticket)
        session.commit()
        token = csrf(client.get(f"/consola/tickets/{ticket.number}").text)
        data = {"csrf_token": token, "version": ticket.version, **form}
        return client.post(f"/consola/tickets/{ticket.number}{path}", data=data)

    post(first, "/propiedades", priority="urgent", assignee=agent.id, tags="smtp, dns", subject="Uno", area="mail")
    post(first, "/seguir")
    post(first, "/relacionar", other=second.number)
    made = post(first, "/separar", message=message.id, subject="Factura").location
    post(second, "/unir", other=first.number)
    post(first, "/preguntar", name=["site", "since"])
    assert post(third, "/presencia", writing="1").json == {"here": []}
    assert post(third, "/borrador", body="Estimada").json == {"kept": True}
    assert "Estimada</textarea>" in client.get(f"/consola/tickets/{third.number}").text
    post(third, "", body="Listo.", status="solved", hold="1")
    page = client.get(f"/consola/tickets/{third.number}").text
    assert "Deshacer" in page
    held = session.scalars(select(TicketMessage).where(TicketMessage.body == "Listo.")).one().id
    post(third, "/deshacer", message=held)
    session.expire_all()
    kinds = {kind for ticket in (first, second, third) for kind, *_ in events(session, ticket)}
    assert {"priority", "assignee", "tag", "watcher", "link", "split_to", "merged_from", "asked", "taken_back"} <= kinds
    assert third.status == Status.NEW
    session.commit()
    page = client.get(f"/consola/tickets/{first.number}").text
    assert "Prioridad: Normal → Urgente (Agustín Pereyra)" in page
    assert f"{second.number} (unido a éste)" in page
    assert made.rpartition("/")[2] in page


def test_what_cannot_be_done_in_the_console_is_said_and_changes_nothing(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla)
    log_in(client, "/consola/ingresar", agent.email)
    token = csrf(client.get(f"/consola/tickets/{ticket.number}").text)
    for path, form, said in (
        ("/propiedades", {"priority": "urgent", "version": "0"}, "Otra persona cambió este ticket."),
        ("/propiedades", {"priority": "huge", "version": ticket.version}, "Falta algún dato o no es válido."),
        ("/unir", {"other": "MDA-NADA", "version": ticket.version}, "No existe ese ticket"),
        ("/unir", {"other": ticket.number, "version": ticket.version}, "Eso no es posible"),
        ("/separar", {"message": "x", "version": ticket.version}, "Falta algún dato"),
        ("/deshacer", {"message": "12345"}, "No existe ese ticket o ese mensaje."),
        ("/preguntar", {"version": "uno"}, "Falta algún dato"),
    ):
        answered = client.post(f"/consola/tickets/{ticket.number}{path}", data={"csrf_token": token, **form}, follow_redirects=True)
        assert answered.status_code == 200 and said in answered.text, path
    assert events(session, ticket) == [("opened", None, "new")]
