"""Two of staff, or staff and customer, at one ticket in the same instant: real threads, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from escalation import tickets
from escalation.customers import register_staff
from escalation.desk import answer_drafts, asking, followers, links, merging, presence, properties, splitting, taking_back
from escalation.desk.history import By
from escalation.desk.life import Act
from escalation.desk.taking_back import TAKE_BACK
from escalation.errors import DeskError, NotAllowed, StaleTicket
from escalation.models import Area, Author, Customer, Role, Staff, Status, Ticket, TicketEvent, TicketMessage
from escalation.tickets import StaffUpdate
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD
from tests.escalation.desk_helpers import answer, events, mails, reported
from tests.escalation.test_business_hours import HOURS

ROUNDS = 3


@dataclass
class Desk:
    """What a verb works on, read in the thread's own session."""

    session: Session
    ticket: Ticket
    other: Ticket
    act: Act
    name: str


Verb = Callable[[Desk], object]

VERBS: dict[str, Verb] = {
    "answer": lambda d: tickets.update_as_staff(
        d.session, d.ticket, d.act.member, StaffUpdate(f"De {d.name}.", Status.OPEN, d.act.version), AREA_URL, NOW, HOURS
    ),
    "solve": lambda d: tickets.update_as_staff(
        d.session, d.ticket, d.act.member, StaffUpdate(f"De {d.name}.", Status.SOLVED, d.act.version), AREA_URL, NOW, HOURS
    ),
    "assign": lambda d: properties.change(d.session, d.ticket, {"assignee": d.act.member.id}, d.act, HOURS),
    "tags": lambda d: properties.change(d.session, d.ticket, {"tags": [d.name]}, d.act, HOURS),
    "ask": lambda d: asking.ask(d.session, d.ticket, ["site"], d.act, AREA_URL, HOURS, f"De {d.name}."),
    "merge": lambda d: merging.merge(d.session, d.ticket, d.other, d.act, AREA_URL, HOURS),
    "split": lambda d: splitting.split(
        d.session, d.ticket, splitting.Split([d.ticket.messages[0].id], d.name, Area.SITE), d.act, AREA_URL, HOURS
    ),
}


class Two:
    """Two threads that begin at once, each with a session and a member of staff of its own."""

    def __init__(self, engine: Engine, staff: list[Staff]) -> None:
        self.engine, self.staff = engine, staff

    def do(self, ticket: Ticket, other: Ticket, *verbs: Verb) -> list[str]:
        """What came of each: done, or the error's name."""
        number, other_number, version = ticket.number, other.number, ticket.version
        barrier = threading.Barrier(len(verbs))
        outcome = ["did not end"] * len(verbs)

        def work(index: int) -> None:
            barrier.wait()
            with Session(self.engine, expire_on_commit=False) as session:
                member = session.get_one(Staff, self.staff[index].id)
                found, second = tickets.find(session, number), tickets.find(session, other_number)
                desk = Desk(session, found, second, Act(member, version, NOW), member.name.lower())
                try:
                    verbs[index](desk)
                    session.commit()
                    outcome[index] = "done"
                except (DeskError, StaleDataError) as refused:
                    session.rollback()
                    outcome[index] = type(refused).__name__

        threads = [threading.Thread(target=work, args=(index,)) for index in range(len(verbs))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcome


@pytest.fixture
def two(session: Session, engine: Engine) -> Two:
    staff = [register_staff(session, f"{name}@csiserver.com", name, Role.AGENT, PASSWORD) for name in ("Ana", "Berta")]
    session.commit()
    return Two(engine, staff)


@pytest.fixture
def ticket(session: Session, carla: Customer) -> Ticket:
    found = reported(session, carla)
    tickets.reply_as_customer(session, found, "Sigue igual.", NOW, HOURS)
    session.commit()
    return found


@pytest.mark.parametrize("second", list(VERBS))
@pytest.mark.parametrize("first", ["answer", "merge"])
def test_of_two_who_saw_the_same_one_saves_and_the_other_is_told(
    session: Session, carla: Customer, two: Two, ticket: Ticket, first: str, second: str
) -> None:
    other = reported(session, carla, "otra cosa")
    outcome = two.do(ticket, other, VERBS[first], VERBS[second])
    assert sorted(outcome)[-1] == "done" and sorted(outcome)[0] in ("StaleTicket", "StaleDataError", "NotAllowed"), outcome
    session.expire_all()
    left = {"answer": "message", "solve": "message", "assign": "assignee", "tags": "tag", "ask": "message"}
    left |= {"merge": "merged_into", "split": "split_to"}
    both = {left[first], left[second]}
    kinds = [kind for kind, *_ in events(session, ticket) if kind in both]
    # One message is the customer's own.
    assert len(kinds) == 1 + ("message" in both), kinds


def test_two_agents_merging_two_tickets_into_each_other_do_not_wait_for_each_other(
    session: Session, carla: Customer, two: Two
) -> None:
    for _ in range(ROUNDS):
        one, other = reported(session, carla), reported(session, carla)
        into: list[Verb] = [
            lambda d: merging.merge(d.session, d.ticket, d.other, d.act, AREA_URL, HOURS),
            lambda d: merging.merge(d.session, d.other, d.ticket, Act(d.act.member, d.other.version, NOW), AREA_URL, HOURS),
        ]
        outcome = two.do(one, other, *into)
        assert sorted(outcome)[-1] == "done" and outcome.count("done") == 1, outcome
        session.expire_all()
        assert tickets.find(session, one.number).id == tickets.find(session, other.number).id
        session.commit()


def test_no_message_is_lost_when_a_customer_writes_while_staff_answer(session: Session, two: Two, ticket: Ticket) -> None:
    def write(desk: Desk) -> None:
        tickets.reply_as_customer(desk.session, desk.ticket, "¿Hola?", NOW, HOURS)

    for _ in range(ROUNDS):
        session.refresh(ticket)
        session.commit()
        outcome = two.do(ticket, ticket, VERBS["answer"], write)
        assert outcome[1] == "done" and outcome[0] in ("done", "StaleTicket"), outcome
    session.expire_all()
    bodies = [message.body for message in ticket.messages]
    assert bodies.count("¿Hola?") == ROUNDS
    shown = session.scalar(select(func.count()).select_from(TicketEvent).where(TicketEvent.kind == "message"))
    assert shown == len(bodies)


def test_an_answer_is_taken_back_once_however_often_he_clicks(session: Session, carla: Customer, two: Two, ticket: Ticket) -> None:
    ana = two.staff[0]
    two.staff = [ana, ana]
    answer(session, ticket, ana, "Reinicie.", Status.SOLVED, hold=TAKE_BACK)
    message_id = session.scalars(select(TicketMessage.id).where(TicketMessage.body == "Reinicie.")).one()
    session.commit()

    def take_back(desk: Desk) -> None:
        message = desk.session.get(TicketMessage, message_id)
        if message is None:
            raise NotAllowed("it is gone")
        taking_back.take_back(desk.session, message, desk.act.member, NOW, HOURS)

    outcome = two.do(ticket, ticket, take_back, take_back)
    assert outcome.count("done") == 1, outcome
    assert len(events(session, ticket, "taken_back")) == 1
    assert answer_drafts.of(session, ticket, ana).body == "Reinicie."
    assert not [row for row in mails(session) if row.key == f"message-{message_id}"]


@pytest.mark.parametrize("what", ["draft", "presence", "watch", "link"])
def test_the_same_click_twice_at_once_is_one(session: Session, carla: Customer, two: Two, ticket: Ticket, what: str) -> None:
    other = reported(session, carla)
    two.staff = [two.staff[0]] * 2
    verbs: dict[str, Verb] = {
        "draft": lambda d: answer_drafts.keep(d.session, d.ticket, d.act.member, "Hola", False, NOW),
        "presence": lambda d: presence.look(d.session, d.ticket, d.act.member, True, NOW),
        "watch": lambda d: followers.watch(d.session, d.ticket, d.act.member, NOW),
        "link": lambda d: links.link(d.session, d.ticket, d.other, By(Author.STAFF, d.act.member.id, NOW)),
    }
    assert two.do(ticket, other, verbs[what], verbs[what]) == ["done", "done"]
    session.expire_all()
    assert len(events(session, ticket, "watcher", "link")) == (what in ("watch", "link"))


def test_an_old_version_is_refused_by_name_and_not_only_by_the_database(session: Session, two: Two, ticket: Ticket) -> None:
    seen = Act(two.staff[0], ticket.version - 1, NOW)
    for name in ("answer", "assign", "ask", "merge", "split"):
        with pytest.raises(StaleTicket):
            VERBS[name](Desk(session, ticket, reported(session, ticket.customer), seen, "ana"))
        session.rollback()
