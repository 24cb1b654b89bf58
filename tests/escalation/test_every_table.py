"""Each table of the house: what becomes of its rows when a customer is erased, and when they grow old. Decided here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from escalation import addresses, erasure, outbox, search, tickets
from escalation.area_models import FormDraft, RatingLink, RecoveryLink
from escalation.customers import register_staff
from escalation.desk import answer_drafts, presence, properties
from escalation.desk_models import AnswerDraft, Presence
from escalation.mail_models import DeadAddress
from escalation.models import Base, Customer, CustomerAddress, OutboxRow, Role, Staff, Status, Ticket
from escalation.upkeep import retention
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD
from tests.escalation.desk_helpers import act, answer, reported
from tests.escalation.test_business_hours import HOURS

GOES, EMPTIED, NOBODYS = "his rows go", "his rows stay and hold nothing of him", "holds nothing of a customer"
# By table: at an erasure, and with age (a rule of upkeep.retention, or why it is kept).
FATE: dict[str, tuple[str, str]] = {
    "account_links": (GOES, "account-links"),
    "address_links": (GOES, "address-links"),
    "answer_drafts": (GOES, "answer-drafts"),
    "answer_holds": (NOBODYS, "answer-holds"),
    "api_tokens": (NOBODYS, "kept: who could do what, when"),
    "attachments": (GOES, "waiting-files; those of a ticket are kept with it"),
    "audit_entries": (NOBODYS, "kept: who of staff did what"),
    "channel_alarms": (NOBODYS, "kept until the channel is well"),
    "conversation_bonds": (GOES, "bonds"),
    "conversation_events": (NOBODYS, "events"),
    "customer_addresses": (GOES, "kept as long as the customer"),
    "customer_domains": (GOES, "kept as long as the customer"),
    "customer_imports": ("his line goes with the list, within a day", "imports"),
    "customer_mailboxes": (GOES, "kept as long as the customer"),
    "customer_merges": (NOBODYS, "kept: ids only, so that old addresses of pages lead on"),
    "customers": (EMPTIED, "kept until he asks"),
    "data_requests": (EMPTIED, "kept: the evidence of what he asked for (Ley 25.326)"),
    "dead_addresses": (GOES, "dead-addresses"),
    "desk_settings": (NOBODYS, "kept: one row a setting"),
    "drafts": (GOES, "drafts"),
    "file_scans": (GOES, "kept as long as the file, see forget_scans"),
    "form_drafts": (GOES, "form-drafts"),
    "heartbeats": (NOBODYS, "kept: one row a process"),
    "inbound_mails": (GOES, "mails, raw-mails"),
    "incident_messages": (NOBODYS, "kept with the incident"),
    "incident_subscribers": (GOES, "kept with the incident"),
    "incident_tickets": (NOBODYS, "kept with the ticket"),
    "incidents": (NOBODYS, "kept: what was down, when"),
    "login_codes": (GOES, "codes"),
    "login_failures": (NOBODYS, "login-failures"),
    "login_sessions": (GOES, "sessions"),
    "mail_cursors": (NOBODYS, "kept: one row a mailbox"),
    "outbox": (EMPTIED, "outbox, void"),
    "rating_links": (GOES, "rating-links"),
    "recovery_codes": (NOBODYS, "kept until they are made anew"),
    "recovery_links": (GOES, "recovery-links"),
    "saved_replies": (NOBODYS, "kept until somebody removes them"),
    "saved_views": (NOBODYS, "kept until somebody removes them"),
    "second_factors": (NOBODYS, "kept until it is switched off"),
    "staff": (NOBODYS, "kept: who answered"),
    "staff_languages": (NOBODYS, "kept: one row a member of staff"),
    "staff_mail_choices": (NOBODYS, "kept: one row a member of staff"),
    "suspected_incidents": (NOBODYS, "kept: numbers of tickets only"),
    "ticket_events": (EMPTIED, "kept with the ticket"),
    "ticket_links": (NOBODYS, "kept with the ticket"),
    "ticket_messages": (EMPTIED, "kept with the ticket"),
    "ticket_presence": (NOBODYS, "presence"),
    "ticket_ratings": (EMPTIED, "kept with the ticket"),
    "ticket_seen": (NOBODYS, "kept with the ticket"),
    "ticket_tags": (GOES, "kept with the ticket"),
    "ticket_watchers": (NOBODYS, "kept with the ticket"),
    "tickets": (EMPTIED, "transcripts; the ticket itself is kept until its customer asks"),
    "webhook_attempts": (NOBODYS, "webhook-attempts"),
    "webhooks": (NOBODYS, "kept until it is removed"),
}
SEARCH = ("search_tickets", "search_customers")
# What no other text of these tests holds.
HERS = ("Zulema", "zulemita", "Yapeyú", "yapeyu", "qwertz")


def test_every_table_has_its_fate_and_every_rule_a_table() -> None:
    assert set(FATE) == set(Base.metadata.tables)
    aged = " ".join(age for _, age in FATE.values() if not age.startswith("kept"))
    assert [name for name in sorted(retention.NAMES) if name not in aged] == []


def everything(session: Session) -> str:
    names = [*Base.metadata.tables, *SEARCH]
    rows = [tuple(row) for name in names for row in session.execute(text(f"SELECT * FROM {name}"))]
    return repr(rows)


def test_what_the_desk_wrote_of_him_beside_his_own_words_goes_too(session: Session, agent: Staff) -> None:
    zulema = Customer(name="Zulema Paz", password_hash="x", created_at=NOW)
    zulema.addresses += [CustomerAddress(address="a@zulemita.com.ar"), CustomerAddress(address="vieja@zulemita.com.ar")]
    session.add(zulema)
    session.flush()
    ticket = reported(session, zulema, "Yapeyú no anda")
    properties.change(session, ticket, {"subject": "Sitio de Zulema", "tags": ["yapeyu"]}, act(agent, ticket), HOURS)
    properties.change(session, ticket, {"subject": "Otro asunto", "tags": []}, act(agent, ticket), HOURS)
    answer(session, ticket, agent, "Listo, Zulema.", Status.SOLVED)
    answer_drafts.keep(session, ticket, agent, "Hola Zulema, qwertz", False, NOW)
    # An address that he gave up was written to, one that does not exist was told to staff, and one notice waits for a digest.
    addresses.remove(session, zulema, "vieja@zulemita.com.ar", NOW)
    outbox.enqueue_mail(session, "dead-1", agent.email, "No se puede escribir", "a@zulemita.com.ar no existe", NOW)
    outbox.enqueue_mail(session, "held", "a@zulemita.com.ar", "Frenado", "Yapeyú", NOW).state = outbox.HELD
    outbox.enqueue_mail(session, "later", agent.email, ticket.number, "Zulema", NOW).state = outbox.DIGEST
    session.add(DeadAddress(address="a@zulemita.com.ar", since=NOW, until=NOW, reason="550"))
    for row in session.query(OutboxRow).filter(OutboxRow.state == outbox.PENDING):
        row.state = outbox.SENT
    session.commit()
    assert [word for word in HERS if word not in everything(session)] == []
    session.rollback()
    admin = register_staff(session, "adriana@csiserver.com", "Adriana", Role.ADMIN, PASSWORD)
    erasure.erase(session, erasure.ask(session, zulema, [], NOW).id, admin, NOW)
    session.flush()
    (last,) = session.query(OutboxRow).filter(OutboxRow.recipient == "a@zulemita.com.ar")
    outbox.mark_sent(session, last.id, NOW)
    session.commit()
    assert [word for word in HERS if word in everything(session)] == []
    waiting = session.query(OutboxRow).filter(OutboxRow.state.in_((outbox.HELD, outbox.DIGEST, outbox.PENDING)))
    assert {row.recipient for row in waiting} <= {admin.email}
    assert search.find(session, "yapeyu").tickets == [] and search.find_customers(session, "zulema") == []
    session.rollback()


def test_a_namesake_loses_no_mail_that_has_not_left(session: Session, carla: Customer, agent: Staff) -> None:
    other = Customer(name=carla.name, password_hash="x", created_at=NOW)
    other.addresses.append(CustomerAddress(address="otra@carla.com.ar"))
    session.add(other)
    session.flush()
    reported(session, other, "el ticket de la otra")
    admin = register_staff(session, "adriana@csiserver.com", "Adriana", Role.ADMIN, PASSWORD)
    erasure.erase(session, erasure.ask(session, carla, [], NOW).id, admin, NOW)
    session.commit()
    (mail,) = session.query(OutboxRow).filter(OutboxRow.recipient == "otra@carla.com.ar")
    assert mail.state == outbox.PENDING and "el ticket de la otra" in mail.content["body"]
    session.rollback()


def test_what_is_of_use_for_days_alone_is_gone_after_them(session: Session, carla: Customer, agent: Staff) -> None:
    now = datetime.now(UTC)
    ticket = reported(session, carla)
    for number, at in enumerate((now - timedelta(days=200), now)):
        link = {"token_hash": f"{number}", "expires_at": at}
        session.add(RatingLink(ticket_id=ticket.id, **link))
        session.add(RecoveryLink(account="a", origin="o", created_at=at, **link))
        session.add(FormDraft(customer_id=carla.id, place=f"{number}", fields={}, saved_at=at))
        session.add(DeadAddress(address=f"{number}@x.com.ar", since=at, until=at, reason="550"))
        outbox.enqueue_mail(session, f"void-{number}", "nobody@invalid", "x", "x", at).state = outbox.VOID
    presence.look(session, ticket, agent, True, now - timedelta(days=200))
    answer_drafts.keep(session, ticket, agent, "sin enviar", False, now - timedelta(days=200))
    session.commit()
    names = {"rating-links", "recovery-links", "form-drafts", "dead-addresses", "void", "presence", "answer-drafts"}
    counted = retention.apply(session, {}, now)
    assert {name for name in names if counted[name] == 1} == names
    session.commit()
    assert {name for name in names if retention.count(session, {}, now)[name]} == set()
    for model, left in ((RatingLink, 1), (RecoveryLink, 1), (FormDraft, 1), (Presence, 0), (AnswerDraft, 0)):
        assert session.query(model).count() == left
    assert session.get(Ticket, ticket.id) is ticket
    session.rollback()
    tickets.reply_as_customer(session, ticket, "Todo sigue andando.", now, HOURS)
    answer(session, ticket, agent, "Bien.", Status.SOLVED, now)
    assert AREA_URL in str(session.query(OutboxRow).order_by(OutboxRow.id.desc()).first().content)
