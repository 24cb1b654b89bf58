"""The lists that staff work from: what each shows, in which order, page by page, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from escalation.customers import register_staff
from escalation.desk import bulk, presence, properties, queues, views
from escalation.desk.bulk import Many
from escalation.desk.queues import Onlooker
from escalation.desk.wanted import NOBODY, Queue, Sort, Wanted, wanted_from
from escalation.errors import InvalidReport, NotAllowed, NotFound
from escalation.models import Customer, Role, Staff, Status, Ticket
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD, csrf, log_in
from tests.escalation.desk_helpers import act, answer, events, reported
from tests.escalation.test_business_hours import HOURS

# Pages show what the rules gave, whichever database it came from.
one_database = pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)

HOUR = timedelta(hours=1)


@pytest.fixture
def beatriz(session: Session) -> Staff:
    member = register_staff(session, "beatriz@csiserver.com", "Beatriz Luna", Role.ADMIN, PASSWORD)
    session.commit()
    return member


@pytest.fixture
def desk(session: Session, carla: Customer, bruno: Customer, agent: Staff, beatriz: Staff) -> dict[str, Ticket]:
    """One ticket of each kind, an hour apart."""
    made = {
        name: reported(session, carla if number % 2 else bruno, name, NOW + number * HOUR, area)
        for number, (name, area) in enumerate(
            (("mio", "mail"), ("libre", "site"), ("espera", "mail"), ("ajeno", "domain"), ("resuelto", "mail"))
        )
    }
    for name, owner in (("mio", agent), ("espera", agent), ("ajeno", beatriz)):
        properties.change(session, made[name], {"assignee": owner.id}, act(owner, made[name]), HOURS)
    answer(session, made["espera"], agent, "¿Desde cuándo?", Status.WAITING, NOW + 5 * HOUR)
    answer(session, made["resuelto"], agent, "Listo.", Status.SOLVED, NOW + 6 * HOUR)
    session.commit()
    return made


def looking(member: Staff) -> Onlooker:
    return Onlooker(member, NOW + 6 * HOUR, HOURS)


def names(session: Session, wanted: Wanted, by: Onlooker) -> list[str]:
    return [ticket.subject for ticket in queues.page(session, wanted, by).tickets]


def test_each_queue_shows_what_its_name_says(session: Session, desk: dict[str, Ticket], agent: Staff) -> None:
    by = looking(agent)
    assert names(session, Wanted(Queue.TO_DO), by) == ["mio", "libre"]
    assert names(session, Wanted(Queue.MINE), by) == ["mio", "espera"]
    assert names(session, Wanted(Queue.UNASSIGNED), by) == ["libre"]
    assert names(session, Wanted(Queue.WAITING), by) == ["espera"]
    assert names(session, Wanted(Queue.ALL), by) == ["resuelto", "espera", "ajeno", "libre", "mio"]
    assert names(session, Wanted(Queue.ALL, assignee=NOBODY), by) == ["resuelto", "libre"]
    assert names(session, Wanted(Queue.MINE, assignee=NOBODY), by) == []
    assert queues.counts(session, by) == {
        Queue.TO_DO: 2,
        Queue.MINE: 2,
        Queue.UNASSIGNED: 1,
        Queue.WAITING: 1,
        Queue.CLOSE: len(names(session, Wanted(Queue.CLOSE), by)),
    }


def test_close_to_breaking_is_what_cannot_wait_three_open_hours(session: Session, carla: Customer, agent: Staff) -> None:
    soon, late, far = (reported(session, carla, name) for name in ("pronto", "vencido", "lejos"))
    for ticket, left in ((soon, HOUR), (late, -HOUR), (far, timedelta(days=3))):
        ticket.promised_at = NOW + left
    session.commit()
    assert names(session, Wanted(Queue.CLOSE), Onlooker(agent, NOW, HOURS)) == ["vencido", "pronto"]


@one_database
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(Queue.ALL, area="mail"), ["resuelto", "espera", "mio"]),
        (Wanted(Queue.ALL, statuses=(Status.NEW, Status.WAITING)), ["espera", "ajeno", "libre", "mio"]),
        (Wanted(Queue.ALL, area="mail", sort=Sort.NEWEST), ["resuelto", "espera", "mio"]),
        (Wanted(Queue.ALL, sort=Sort.LONGEST), ["mio", "libre", "ajeno", "espera", "resuelto"]),
        (Wanted(Queue.WAITING, statuses=(Status.SOLVED,)), []),
    ],
)
def test_filters_narrow_a_queue_and_an_order_turns_it(
    session: Session, desk: dict[str, Ticket], agent: Staff, wanted: Wanted, expected: list[str]
) -> None:
    assert names(session, wanted, looking(agent)) == expected


@one_database
def test_a_list_is_narrowed_by_tag_priority_customer_and_assignee(
    session: Session, desk: dict[str, Ticket], agent: Staff, beatriz: Staff, bruno: Customer
) -> None:
    properties.change(session, desk["libre"], {"tags": ["DNS"], "priority": "urgent"}, act(agent, desk["libre"]), HOURS)
    session.commit()
    by = looking(agent)
    assert names(session, Wanted(Queue.ALL, tag="dns"), by) == ["libre"]
    assert names(session, Wanted(Queue.ALL, priority="urgent"), by) == ["libre"]
    assert names(session, Wanted(Queue.ALL, assignee=beatriz.id), by) == ["ajeno"]
    assert names(session, Wanted(Queue.ALL, customer_id=bruno.id), by) == ["resuelto", "espera", "mio"]


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_tell_each_ticket_once_also_of_equal_moments_and_news_in_between_shift_nothing(
    session: Session, carla: Customer, agent: Staff, sort: Sort
) -> None:
    for number in range(12):
        reported(session, carla, f"t{number}", NOW + (number // 4) * HOUR)
    for ticket in session.scalars(select(Ticket).where(Ticket.id % 5 == 0)):
        ticket.promised_at = None
    session.commit()
    wanted, by, seen, after = Wanted(Queue.UNASSIGNED, sort=sort), looking(agent), list[str](), ""
    whole = [ticket.number for ticket in queues.page(session, wanted, by, limit=100).tickets]
    while True:
        found = queues.page(session, wanted, by, after, limit=5)
        seen += [ticket.number for ticket in found.tickets]
        if found.next_key is None:
            break
        after = found.next_key
    assert seen == whole and len(set(seen)) == 12


def test_a_key_or_a_filter_that_nobody_gave_out_shows_the_beginning(
    session: Session, desk: dict[str, Ticket], agent: Staff
) -> None:
    by = looking(agent)
    first = queues.page(session, Wanted(), by).tickets
    for broken in ("0-1-x", "9-1-1", "'; DROP TABLE tickets", "0-" + "9" * 17 + "-1"):
        found = queues.page(session, Wanted(), by, broken).tickets
        assert found in (first, [])
    assert wanted_from({"queue": "x", "statuses": ["x"], "sort": "x", "area": "x", "priority": 7}) == Wanted()


@one_database
def test_a_list_comes_back_as_it_was_stored(session: Session) -> None:
    wanted = Wanted(Queue.MINE, (Status.OPEN,), "mail", "high", NOBODY, "dns", "c-1", Sort.NEWEST)
    assert wanted_from(wanted.as_dict()) == wanted
    assert Wanted().as_dict() == {"queue": "para-atender"}


@one_database
def test_the_next_ticket_is_the_one_below_and_after_the_last_the_first(
    session: Session, desk: dict[str, Ticket], agent: Staff
) -> None:
    by, wanted = looking(agent), Wanted(Queue.ALL)
    order = queues.page(session, wanted, by).tickets
    for ticket, other in zip(order, order[1:] + order[:1], strict=True):
        assert queues.following(session, wanted, by, ticket) is other
    assert queues.following(session, Wanted(Queue.UNASSIGNED), by, desk["libre"]) is None


def test_many_are_changed_at_once_and_each_that_cannot_be_is_told(session: Session, desk: dict[str, Ticket], agent: Staff) -> None:
    versions = {ticket.id: ticket.version for ticket in desk.values()}
    properties.change(session, desk["ajeno"], {"priority": "high"}, act(agent, desk["ajeno"]), HOURS)
    session.commit()
    many = Many(agent, versions, NOW, HOURS, AREA_URL)
    outcome = bulk.assign(session, many, agent.id)
    session.commit()
    assert outcome.stale == [desk["ajeno"].number] and len(outcome.done) == 4
    assert {ticket.assignee_id for name, ticket in desk.items() if name != "ajeno"} == {agent.id}

    now_seen = {ticket.id: ticket.version for ticket in desk.values()}
    tagged = bulk.add_tag(session, replace(many, versions=now_seen), "Corte general")
    session.commit()
    assert len(tagged.done) == 5
    assert events(session, desk["mio"], "tag") == [("tag", None, "corte-general")]
    now_seen = {ticket.id: ticket.version for ticket in desk.values()}
    # A new one cannot be set to new; the solved one is solved already.
    solved = bulk.set_status(session, replace(many, versions=now_seen), Status.SOLVED)
    session.commit()
    assert solved.refused == [desk["resuelto"].number] and len(solved.done) == 4
    with pytest.raises(InvalidReport):
        bulk.add_tag(session, many, "¡no!")
    with pytest.raises(InvalidReport):
        bulk.set_priority(session, replace(many, versions={}), "high")


@one_database
def test_a_view_is_ones_own_until_it_is_shared(session: Session, agent: Staff, beatriz: Staff) -> None:
    own = views.save(session, agent, "  Correo   mío ", Wanted(Queue.MINE, area="mail"), False, NOW)
    assert [view.name for view in views.of(session, agent)] == ["Correo mío"]
    assert views.of(session, beatriz) == []
    with pytest.raises(NotFound):
        views.remove(session, beatriz, own.id)
    again = views.save(session, agent, "Correo mío", Wanted(Queue.ALL, area="mail"), True, NOW)
    assert again is own and views.of(session, beatriz) == [own]
    hers = views.save(session, beatriz, "Pagos", Wanted(Queue.ALL, area="payment"), True, NOW)
    with pytest.raises(NotAllowed):
        views.remove(session, agent, hers.id)
    views.remove(session, beatriz, own.id)
    assert views.of(session, agent) == [hers]
    for name in ("", "x" * 61):
        with pytest.raises(InvalidReport):
            views.save(session, agent, name, Wanted(), False, NOW)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []
    listener = lambda connection, cursor, statement, *rest: seen.append(statement)  # noqa: E731
    event.listen(Engine, "before_cursor_execute", listener)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", listener)


def test_no_page_asks_more_questions_where_there_are_more_rows(
    client: FlaskClient, session: Session, engine: Engine, carla: Customer, agent: Staff
) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    paths = ["/consola/", "/consola/?cola=todas&area=mail", "/consola/?q=mails", "/consola/tickets/{number}"]
    spent: list[dict[str, int]] = []
    for amount in (2, 7):
        for number in range(amount):
            made = reported(session, carla, f"no salen los mails {number}", NOW + number * HOUR)
            properties.change(session, made, {"tags": ["dns", "correo"], "assignee": agent.id}, act(agent, made), HOURS)
            presence.look(session, made, agent, False, NOW)
            for line in range(amount):
                answer(session, made, agent, f"Respuesta {line}", Status.OPEN)
        session.commit()
        found = {}
        for path in paths:
            client.get(path.format(number=made.number))  # what is read once in a process is not counted
            with counted(engine) as seen:
                assert client.get(path.format(number=made.number)).status_code == 200
            found[path] = len(seen)
        spent.append(found)
    assert spent[0] == spent[1]


@one_database
def test_the_page_shows_the_queue_its_number_and_who_is_on_it(
    client: FlaskClient, session: Session, desk: dict[str, Ticket], agent: Staff, beatriz: Staff
) -> None:
    presence.look(session, desk["libre"], beatriz, False, datetime.now(UTC))
    session.commit()
    log_in(client, "/consola/ingresar", agent.email)
    page = client.get("/consola/").text
    assert "lo ve Beatriz Luna" in page
    assert desk["mio"].number in page and desk["ajeno"].number not in page
    assert "Ningún ticket tiene todas esas palabras" in client.get("/consola/?q=zzzz").text
    assert desk["ajeno"].number in client.get("/consola/?q=ajeno").text
    number = desk["resuelto"].number
    by_number = client.get(f"/consola/?q={number.lower()}").text
    assert by_number.count("data-row") == 1 and number in by_number
    part = client.get("/consola/?cola=todas", headers={"HX-Request": "true", "HX-Target": "lista"}).text
    assert desk["ajeno"].number in part and "<html" not in part


def test_marked_tickets_are_changed_by_the_form_and_the_list_comes_back(
    client: FlaskClient, session: Session, desk: dict[str, Ticket], agent: Staff
) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    token = csrf(client.get("/consola/?cola=todas").text)
    marked = [f"{desk[name].id}:{desk[name].version}" for name in ("libre", "ajeno")]
    sent = {"csrf_token": token, "ticket": marked, "action": "assign", "assign": "yo"}
    answer_ = client.post("/consola/acciones?cola=todas&area=site", data=sent)
    assert answer_.location == "/consola/?cola=todas&area=site"
    assert f"Hecho en 2: {desk['libre'].number}" in client.get(answer_.location).text
    session.refresh(desk["libre"])
    assert desk["libre"].assignee_id == agent.id
    session.rollback()
    again = client.post("/consola/acciones", data=sent, follow_redirects=True).text
    assert "Otra persona los cambió mientras tanto" in again
    for broken in ({"action": "erase"}, {"action": "status", "status": "x"}, {"ticket": ["x"]}, {"ticket": []}):
        assert "Marque uno o más tickets" in client.post("/consola/acciones", data={**sent, **broken}, follow_redirects=True).text


@one_database
def test_a_list_is_kept_as_a_view_by_the_page(client: FlaskClient, session: Session, agent: Staff, beatriz: Staff) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    token = csrf(client.get("/consola/").text)
    saved = client.post("/consola/vistas?cola=todas&area=mail", data={"csrf_token": token, "name": "Correo"}, follow_redirects=True)
    assert "La vista quedó guardada." in saved.text and 'href="/consola/?cola=todas&amp;area=mail"' in saved.text
    view_id = views.of(session, agent)[0].id
    session.rollback()
    gone = client.post(f"/consola/vistas/{view_id}/quitar", data={"csrf_token": token}, follow_redirects=True)
    assert "La vista se quitó." in gone.text
