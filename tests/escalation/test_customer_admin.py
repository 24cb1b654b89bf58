"""Customers as staff look after them: import of files as they come, merging, services."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import audit, bonds, customer_admin, customer_import, customer_merging, customers, erasure, tickets
from escalation.admin_models import CustomerImport
from escalation.audit import Actor, Wanted
from escalation.customer_import import BAD_ADDRESS, BAD_DOMAIN, BAD_MAILBOX, NO_ADDRESS, TAKEN, TWICE, WIDE
from escalation.errors import InvalidReport, LoginFailed, NotAllowed, NotFound
from escalation.models import Base, Customer, Staff, Ticket
from escalation.services import add_services
from escalation.throttle import Origin
from tests.escalation.area import mails
from tests.escalation.conftest import NOW, PASSWORD
from tests.escalation.desk_helpers import reported

HOME = Origin("10.0.0.1", "key")
FILE = """Nombre;E-mail;Dominios;Casillas;Teléfono
José Núñez;jose@ferreterianunez.com.ar pepe@gmail.com;ferreterianunez.com.ar www.Nunez.com.ar;ventas@ferreterianunez.com.ar;351
Señal S.A.;no es una dirección;;;
;;;;
Ana;;ana.com.ar;;
Carla otra vez;CARLA@panaderialola.com.ar;;;
Repetido;pepe@gmail.com;;;
Sin dominio;x@x.com.ar;localhost;;
Sin casilla;y@y.com.ar;;ventas;
De más;z@z.com.ar;;;1;2
"""
PROBLEMS = [(3, BAD_ADDRESS), (5, NO_ADDRESS), (6, TAKEN), (7, TWICE), (8, BAD_DOMAIN), (9, BAD_MAILBOX), (10, WIDE)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_however_a_spreadsheet_wrote_it(
    session: Session, carla: Customer, encoding: str, separator: str, end: str
) -> None:
    data = FILE.replace(";", separator).replace("\n", end).encode(encoding)
    look = customer_import.look_over(session, data)
    (line,) = look.lines
    assert (line.number, line.name) == (2, "José Núñez")
    assert line.addresses == ("jose@ferreterianunez.com.ar", "pepe@gmail.com")
    assert line.domains == ("ferreterianunez.com.ar", "nunez.com.ar")
    assert [(problem.number, problem.reason) for problem in look.problems] == PROBLEMS
    assert session.scalars(select(Customer)).all() == [carla], "looking changes nothing"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x89PNG\x00\x01", customer_import.NOT_TEXT),
        ("nombre;teléfono\nAna;351".encode(), customer_import.NO_COLUMN),
        (b"email;nombre\n;\n\n", customer_import.EMPTY),
        (b"", customer_import.NO_COLUMN),
        (b"email\n" + b"a@b.com.ar\n" * 5001, customer_import.TOO_LONG),
        (b'email\n"' + b"x" * 200_000, customer_import.NOT_TEXT),
    ],
)
def test_what_is_no_list_of_customers_is_refused_with_its_reason(session: Session, data: bytes, why: str) -> None:
    with pytest.raises(InvalidReport) as refused:
        customer_import.look_over(session, data)
    assert refused.value.fields["file"] == why


def test_only_confirmed_lines_are_registered_once_and_nobody_knows_their_password(
    session: Session, carla: Customer, admin: Staff
) -> None:
    look = customer_import.look_over(session, FILE.encode("cp1252"))
    waiting = customer_import.keep(session, look, admin, NOW)
    session.commit()
    registered, problems = customer_import.apply(session, waiting, admin, Actor(admin), NOW)
    assert (registered, problems) == (1, ())
    customer = customers.customer_of_address(session, "pepe@gmail.com")
    assert customer is not None and customer.name == "José Núñez" and len(customer.addresses) == 2
    with pytest.raises(LoginFailed):
        customers.prove_customer(session, "pepe@gmail.com", PASSWORD, HOME, NOW)
    with pytest.raises(NotFound):
        customer_import.apply(session, waiting, admin, Actor(admin), NOW)
    (entry,) = audit.rows(session, Wanted(kind=audit.CUSTOMERS_IMPORTED))
    assert entry.detail == {"registered": 1, "refused": 0}


def test_what_was_registered_meanwhile_is_told_and_the_rest_goes_in(session: Session, admin: Staff) -> None:
    look = customer_import.look_over(session, b"email,name\nana@x.com.ar,Ana\nbea@x.com.ar,Bea\n")
    waiting = customer_import.keep(session, look, admin, NOW)
    customers.register_customer(session, "ana@x.com.ar", "Ana", PASSWORD, NOW)
    session.commit()
    registered, problems = customer_import.apply(session, waiting, admin, Actor(admin), NOW)
    assert registered == 1 and [(problem.number, problem.reason) for problem in problems] == [(2, TAKEN)]


def test_nobody_elses_and_no_old_import_can_be_confirmed_and_old_ones_go(session: Session, admin: Staff, agent: Staff) -> None:
    look = customer_import.look_over(session, b"email\nana@x.com.ar\n")
    waiting = customer_import.keep(session, look, admin, NOW)
    with pytest.raises(NotFound):
        customer_import.apply(session, waiting, agent, Actor(agent), NOW)
    later = NOW + customer_import.KEPT_FOR
    with pytest.raises(NotFound):
        customer_import.apply(session, waiting, admin, Actor(admin), later)
    newer = customer_import.keep(session, look, admin, later)
    assert list(session.scalars(select(CustomerImport.id))) == [newer]


def both(session: Session, carla: Customer, bruno: Customer) -> Ticket:
    """Bruno's has one of everything."""
    add_services(session, carla, ["lola.com.ar"], ["info@lola.com.ar"])
    add_services(session, bruno, ["lola.com.ar", "ruiz.com"], ["info@lola.com.ar", "b@ruiz.com"])
    bonds.bind(session, "c-1", bruno, timedelta(hours=1), NOW)
    return reported(session, bruno)


def test_two_customers_become_one_and_the_old_one_leads_there(
    session: Session, carla: Customer, bruno: Customer, admin: Staff
) -> None:
    ticket = both(session, carla, bruno)
    customer_merging.merge(session, bruno, carla, admin, Actor(admin), NOW)
    session.commit()
    session.expire_all()
    assert ticket.customer_id == carla.id and tickets.find(session, ticket.number, carla) is ticket
    assert {item.address for item in carla.addresses} == {"carla@panaderialola.com.ar", "bruno@estudioruiz.com"}
    assert [item.name for item in carla.domains] == ["lola.com.ar", "ruiz.com"]
    assert [item.name for item in carla.mailboxes] == ["b@ruiz.com", "info@lola.com.ar"]
    assert bonds.customer_of(session, "c-1", NOW) is carla
    assert customer_merging.final(session, bruno) is carla and customer_merging.merged_into(session, carla) == [bruno]
    assert customers.prove_customer(session, "bruno@estudioruiz.com", PASSWORD, HOME, NOW) is carla
    assert [found.id for found in customer_admin.page(session).customers] == [carla.id]
    assert [found.id for found in customer_admin.page(session, "ruiz").customers] == [carla.id]
    told = {row.recipient for row in mails(session) if row.content["subject"] == "Sus cuentas fueron unidas"}
    assert told == {"carla@panaderialola.com.ar", "bruno@estudioruiz.com"}
    (entry,) = audit.rows(session, Wanted(kind=audit.CUSTOMER_MERGED))
    assert (entry.subject, entry.detail["merged"], entry.detail["tickets"]) == (carla.id, bruno.id, 1)


def test_a_chain_of_merges_leads_to_its_end(session: Session, carla: Customer, bruno: Customer, admin: Staff) -> None:
    dora = customers.register_customer(session, "dora@x.com.ar", "Dora", PASSWORD, NOW)
    customer_merging.merge(session, bruno, carla, admin, Actor(admin), NOW)
    customer_merging.merge(session, carla, dora, admin, Actor(admin), NOW)
    assert customer_merging.final(session, bruno) is dora and customer_merging.final(session, carla) is dora


def test_no_merge_takes_along_or_undoes_a_request_to_be_erased(
    session: Session, carla: Customer, bruno: Customer, admin: Staff
) -> None:
    request = erasure.ask(session, bruno, [], NOW)
    for source, target in ((bruno, carla), (carla, bruno)):
        with pytest.raises(NotAllowed):
            customer_merging.merge(session, source, target, admin, Actor(admin), NOW)
    erasure.erase(session, request.id, admin, NOW)
    session.commit()
    with pytest.raises(NotAllowed):
        customer_merging.merge(session, bruno, carla, admin, Actor(admin), NOW)


def test_nobody_is_merged_with_himself_or_twice(session: Session, carla: Customer, bruno: Customer, admin: Staff) -> None:
    customer_merging.merge(session, bruno, carla, admin, Actor(admin), NOW)
    for source, target in ((carla, carla), (bruno, carla), (carla, bruno)):
        with pytest.raises(NotAllowed):
            customer_merging.merge(session, source, target, admin, Actor(admin), NOW)


def test_every_table_that_names_a_customer_is_thought_of_when_two_are_merged() -> None:
    elsewhere = {"customer_domains", "customer_mailboxes", "form_drafts", "recovery_links", "customer_merges"}
    naming = {
        table.name for table in Base.metadata.sorted_tables for key in table.foreign_keys if key.column.table.name == "customers"
    }
    assert naming == {model.__tablename__ for model in customer_merging.MOVED} | elsewhere


def test_the_list_is_paged_by_name_without_gap_or_repeat(session: Session) -> None:
    for name in ("Beto", "Ana", "Ana", "Ciro", "Álvaro"):
        customers.register_customer(
            session, f"{len(name)}{id(name)}{session.query(Customer).count()}@x.com.ar", name, PASSWORD, NOW
        )
    session.commit()
    seen, after = [], ""
    while True:
        page = customer_admin.page(session, after=after, limit=2)
        seen += [customer.id for customer in page.customers]
        if page.next_key is None:
            break
        after = page.next_key
    assert len(seen) == len(set(seen)) == 5


def test_services_come_and_go(session: Session, carla: Customer, agent: Staff) -> None:
    actor = Actor(agent)
    customer_admin.add_service(session, carla, "domain", "www.Lola.com.ar", actor, NOW)
    customer_admin.add_service(session, carla, "mailbox", "info@lola.com.ar", actor, NOW)
    with pytest.raises(InvalidReport):
        customer_admin.add_service(session, carla, "domain", "no hay", actor, NOW)
    assert [item.name for item in carla.domains] == ["lola.com.ar"]
    customer_admin.remove_service(session, carla, "domain", "lola.com.ar", actor, NOW)
    assert carla.domains == []
    with pytest.raises(NotFound):
        customer_admin.remove_service(session, carla, "domain", "lola.com.ar", actor, NOW)


def test_an_address_that_somebody_else_has_is_not_added(session: Session, carla: Customer, bruno: Customer, admin: Staff) -> None:
    with pytest.raises(InvalidReport):
        customer_admin.add_address(session, carla, "Bruno@EstudioRuiz.com", Actor(admin), NOW)
    customer_admin.add_address(session, carla, "carla@gmail.com", Actor(admin), NOW)
    session.commit()
    assert customers.prove_customer(session, "carla@gmail.com", PASSWORD, HOME, NOW) is carla
    assert {row.recipient for row in mails(session)} == {"carla@panaderialola.com.ar", "carla@gmail.com"}
