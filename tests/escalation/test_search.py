"""Search over tickets, messages and customers: the same on SQLite and PostgreSQL, current with every write, and never broken."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select, text, update
from sqlalchemy.orm import Session

from escalation import search, tickets
from escalation.desk import merging, properties
from escalation.models import Customer, CustomerAddress, Staff, Status, Ticket, TicketEvent, TicketMessage
from escalation.services import add_services
from tests.escalation.conftest import AREA_URL, NOW
from tests.escalation.desk_helpers import act, answer, reported
from tests.escalation.test_business_hours import HOURS


def hits(session: Session, query: str, **how: object) -> list[Ticket]:
    return search.find(session, query, **how).tickets  # type: ignore[arg-type]


@pytest.fixture
def mail(session: Session, carla: Customer) -> Ticket:
    report = tickets.Report(
        "mail",
        {
            "description": "Ñandú: no puedo ENVIAR la facturación con Outlook",
            "site": "ventas@PanaderiaLola.com.ar",
            "error_message": "552 5.3.4 Message size exceeds fixed limit",
        },
    )
    ticket, _ = tickets.open_ticket(session, carla, report, None, AREA_URL, NOW, HOURS)
    session.commit()
    return ticket


@pytest.mark.parametrize(
    "query",
    [
        "facturacion",
        "FACTURACIÓN",
        "facturacio\u0301n",
        "ñandu",
        "nandú",
        "enviar outlook",
        "outlook enviar",
        "outl",
        "ventas@panaderialola.com.ar",
        "panaderialola.com.ar",
        "panaderialola",
        "www.panaderialola.com.ar".removeprefix("www."),
        "552 5.3.4",
        "carla medina outlook",
        "¿Outlook?",
        '"outlook"',
        "outlook*",
        "outlook AND enviar",
    ],
)
def test_a_ticket_is_found_by_its_words_without_accents_capitals_and_order(session: Session, mail: Ticket, query: str) -> None:
    wanted = query.replace(" AND", "")
    assert hits(session, wanted) == [mail]


@pytest.mark.parametrize(
    "query", ["thunderbird", "outlook thunderbird", "utlook", "outl enviar", "outl ", "enviar outloo ", "otra.com.ar"]
)
def test_what_is_not_there_is_not_found_and_only_the_last_word_may_be_unfinished(
    session: Session, mail: Ticket, query: str
) -> None:
    assert hits(session, query) == []


def test_a_number_is_found_whole_or_half_typed(session: Session, mail: Ticket) -> None:
    for query in (mail.number, mail.number.lower(), mail.number[4:], mail.number[:7]):
        assert mail in hits(session, query)


def test_messages_and_notes_are_found_as_soon_as_they_are_written_and_gone_with_them(
    session: Session, mail: Ticket, agent: Staff
) -> None:
    tickets.reply_as_customer(session, mail, "También desde el teléfono.", NOW, HOURS)
    assert hits(session, "telefono") == [mail]
    session.commit()
    answer(session, mail, agent, "Ojo: contraseña débil.", Status.OPEN, internal=True)
    assert hits(session, "debil telefono") == [mail]
    # As a retention job may do it, past all verbs.
    session.execute(update(TicketMessage).where(TicketMessage.author == "customer").values(body="borrado"))
    assert (hits(session, "telefono"), hits(session, "borrado debil")) == ([], [mail])
    session.execute(delete(TicketMessage))
    assert hits(session, "debil") == []
    session.rollback()
    assert hits(session, "telefono") == [mail]


def test_a_change_that_is_rolled_back_is_not_found(session: Session, mail: Ticket) -> None:
    tickets.reply_as_customer(session, mail, "marciano", NOW, HOURS)
    session.rollback()
    assert hits(session, "marciano") == []


def test_subject_and_customer_are_followed(session: Session, mail: Ticket, agent: Staff, carla: Customer) -> None:
    properties.change(session, mail, {"subject": "Límite del buzón"}, act(agent, mail), HOURS)
    assert hits(session, "buzon") == [mail]
    carla.name = "Carla Núñez"
    carla.addresses.append(CustomerAddress(address="carla@otracasa.com.ar"))
    session.flush()
    assert hits(session, "nunez otracasa") == [mail]
    assert hits(session, "medina") == []


def test_a_deleted_ticket_leaves_nothing_behind(session: Session, mail: Ticket) -> None:
    session.execute(delete(TicketEvent))
    session.execute(delete(Ticket))
    session.commit()
    assert session.scalar(text("SELECT count(*) FROM search_tickets")) == 0
    assert hits(session, "outlook") == []


def test_a_merged_ticket_is_found_once_as_where_it_went(session: Session, mail: Ticket, carla: Customer, agent: Staff) -> None:
    tickets.reply_as_customer(session, mail, "marciano", NOW, HOURS)
    session.commit()
    target = reported(session, carla, "el sitio")
    old = mail.number
    merging.merge(session, mail, target, act(agent, mail), AREA_URL, HOURS)
    session.commit()
    for query in (old, "marciano", "facturacion", "sitio marciano"):
        assert hits(session, query) == [target], query


def test_pages_go_on_by_key_newest_first_and_each_ticket_comes_once(session: Session, carla: Customer, bruno: Customer) -> None:
    made = [reported(session, carla, f"impresora nro {number}") for number in range(7)]
    reported(session, bruno, "otra cosa")
    seen: list[Ticket] = []
    before, pages = None, 0
    while True:
        page = search.find(session, "impres", before=before, limit=3)
        seen, before, pages = seen + page.tickets, page.next_key, pages + 1
        if before is None:
            break
        # What comes in meanwhile moves nothing.
        reported(session, carla, f"impresora nueva {pages}")
    assert (seen, pages) == (made[::-1], 3)
    assert search.find(session, "impresora nro", limit=7).next_key is None


def test_conditions_narrow_what_is_found(session: Session, carla: Customer, bruno: Customer, agent: Staff) -> None:
    hers, his = reported(session, carla, "impresora"), reported(session, bruno, "impresora")
    assert search.find(session, "impresora", Ticket.customer_id == bruno.id).tickets == [his]
    answer(session, hers, agent, "", Status.SOLVED)
    assert search.find(session, "impresora", Ticket.status == Status.SOLVED).tickets == [hers]


def test_customers_are_found_by_name_address_domain_and_mailbox(session: Session, carla: Customer, bruno: Customer) -> None:
    add_services(session, bruno, ["estudioruiz.com.ar", "ñandú.com.ar"], ["info@estudioruiz.com.ar"])
    session.commit()
    for query in ("bruno", "RUIZ", "estudioruiz.com", "nandu.com.ar", "info@estudioruiz.com.ar", "bruno@est"):
        assert search.find_customers(session, query) == [bruno], query
    both = search.find_customers(session, "com")
    assert {customer.id for customer in both} == {carla.id, bruno.id}
    assert search.find_customers(session, "com", limit=1) == both[:1]
    assert search.find_customers(session, "com", after=both[0].id) == both[1:]
    session.execute(text("DELETE FROM customer_domains"))
    assert search.find_customers(session, "nandu") == []
    assert search.find_customers(session, " ¿? ") == []


def test_a_domain_leads_to_the_tickets_that_name_it(session: Session, mail: Ticket, bruno: Customer) -> None:
    his = reported(session, bruno, "sitiodebruno.com.ar no abre")
    assert hits(session, "sitiodebruno.com.ar") == [his]


OPERATORS = '" \' "" * AND NOT NEAR(a_b) a_NEAR/2_b ( ) {x}_:_y text:abc ^a -a a- + a_&_b a_|_!b a_<->_b :* \\ % _ $$ ;drop_table_x'
STRANGE = ("\x00", "a\x00b", "💥", "\ud800", "a\ud800b", "\u0301", "ß", "İ", "中文", "¿", "\u202e", "x" * 5000, "", " ")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("facturacio\u0301", ["facturacio*"]),
        ("facturación ", ["facturacion"]),
        ("Hola, qué", ["hola", "que*"]),
        ("hola.", ["hola"]),
        ("hola hola", ["hola", "hola*"]),
        ("x" * 70, ["x" * 64 + "*"]),
        ("☎ ¿?", []),
    ],
)
def test_the_words_of_a_query(query: str, words: list[str]) -> None:
    assert search.words_of(query) == words


HOSTILE = (*(operator.replace("_", " ") for operator in OPERATORS.split()), *STRANGE, " ".join(map(str, range(500))))


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_breaks_the_search(session: Session, mail: Ticket, query: str) -> None:
    search.find(session, query)
    search.find_customers(session, query)
    assert hits(session, "outlook") == [mail]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=40))
def test_no_text_whatever_breaks_the_search(session: Session, query: str) -> None:
    search.find(session, query)
    search.find_customers(session, query)


def test_no_letter_of_any_script_breaks_the_search(session: Session, mail: Ticket) -> None:
    letters = [chr(code) for code in range(sys.maxunicode + 1) if search.fold(f"a{chr(code)}b") != ["a", "b"]]
    assert len(letters) > 40_000
    # All of them, in words of two dozen: a letter that an index takes for a blank would part one.
    size = 24
    for start in range(0, len(letters), size * search.WORDS_MAX):
        words = [
            "a" + "b".join(letters[begin : begin + size]) + "c" for begin in range(start, start + size * search.WORDS_MAX, size)
        ]
        assert hits(session, " ".join(words)) == []


WORDS = st.text(st.sampled_from("aábcñoóuz1 .@-¿"), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=WORDS, query=WORDS)
def test_both_databases_find_what_plain_words_say(session: Session, carla: Customer, body: str, query: str) -> None:
    ticket, _ = tickets.open_ticket(session, carla, tickets.Report("mail", {"description": "x"}), None, AREA_URL, NOW, HOURS)
    if body.strip():
        tickets.reply_as_customer(session, ticket, body, NOW, HOURS)
    everything = f"{ticket.number} x Carla Medina carla@panaderialola.com.ar {body}"
    there = search.fold(everything)
    sought = search.words_of(query)
    expected = bool(sought) and all(_is_there(word, there) for word in sought)
    found = ticket in hits(session, query)
    session.rollback()
    assert found == expected


def _is_there(sought: str, there: list[str]) -> bool:
    if sought.endswith("*"):
        return any(word.startswith(sought[:-1]) for word in there)
    return sought in there


@pytest.mark.parametrize("value", ["a\x00b", "half \ud83d pair"])
def test_a_report_with_signs_that_no_database_takes_is_cleaned_and_kept(session: Session, carla: Customer, value: str) -> None:
    ticket = reported(session, carla, f"impresora {value}")
    assert hits(session, "impresora") == [ticket]
    tickets.reply_as_customer(session, ticket, f"otra {value} vez", NOW + timedelta(hours=1), HOURS)
    session.commit()
    assert hits(session, "otra vez") == [ticket]


def test_a_very_long_thread_is_written_all_the_same_and_found_by_what_is_newest(session: Session, carla: Customer) -> None:
    ticket = reported(session, carla)
    words = iter(range(10**6))
    for number in range(14):
        body = " ".join(f"palabra{next(words)}é" for _ in range(1200))
        tickets.reply_as_customer(session, ticket, f"{body} final{number}", NOW, HOURS)
    session.commit()
    assert hits(session, "final13") == [ticket]


def test_a_page_of_hits_costs_one_query(session: Session, carla: Customer) -> None:
    for number in range(6):
        reported(session, carla, f"impresora {number}")
    session.commit()
    session.expire_all()
    statements: list[str] = []
    listen = lambda _c, _cur, statement, *_: statements.append(statement)  # noqa: E731
    event.listen(session.get_bind(), "before_cursor_execute", listen)
    names = {ticket.customer.name for ticket in hits(session, "impresora")}
    event.remove(session.get_bind(), "before_cursor_execute", listen)
    assert names == {"Carla Medina"}
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_the_index_is_filled_with_what_was_there_before(session: Session, mail: Ticket) -> None:
    # As the migration does it.
    session.execute(text("DELETE FROM search_tickets"))
    assert hits(session, "outlook") == []
    session.execute(text("INSERT INTO search_tickets (ticket_id, text) SELECT ticket_id, text FROM search_ticket_texts"))
    assert hits(session, "outlook") == [mail]
    assert session.scalars(select(Ticket)).all() == [mail]
