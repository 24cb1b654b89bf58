"""The life of tickets under any order of events: every verb of customers and staff, and time, against what must always hold.

SQLite alone, so that a few hundred steps stay quick; that both databases do the same is told by the tests of each verb.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation import customer_tickets, tickets
from escalation.customers import register_customer, register_staff
from escalation.desk import answer_drafts, asking, followers, links, merging, properties, splitting, taking_back
from escalation.desk.clock import STAFFS_TURN
from escalation.desk.deadlines import RENEW_BEFORE
from escalation.desk.history import By
from escalation.desk.life import Act
from escalation.desk.mails import QUESTIONS
from escalation.desk.steps import Steps
from escalation.desk.taking_back import TAKE_BACK
from escalation.errors import DeskError, StaleTicket
from escalation.models import (
    Area,
    Author,
    Customer,
    OutboxRow,
    Priority,
    Role,
    Staff,
    Status,
    Ticket,
    TicketEvent,
    TicketMessage,
)
from escalation.settings import Settings
from escalation.tickets import TRANSITIONS, Report, StaffUpdate
from tests import databases
from tests.escalation.conftest import AREA_URL, PASSWORD, migrate
from tests.escalation.test_business_hours import HOURS, here
from wire.database import new_engine

WHICH = st.integers(0, 10_000)
STATUSES = st.sampled_from(list(Status))
FOLDER = tempfile.TemporaryDirectory(prefix="mesa-machine-")


def settings_of(url: str) -> Settings:
    folder = Path(FOLDER.name)
    secrets = {name: "x" for name in ("session_secret", "service_token", "conversation_secret")}
    return Settings(
        database_url=url, public_url="http://desk.test", widget_origins=(), mail_from="a@b.co", smtp_url="",
        mail_folder=folder, files_folder=folder, business_hours=HOURS, close_solved_after=timedelta(days=3), **secrets,
    )  # fmt: skip


class Desk(RuleBasedStateMachine):
    """``where`` says in which ticket each text must lie, ``back`` which texts are drafts again, ``went`` where merged ones went."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=FOLDER.name)
        self.opened = databases.fresh(Path(self.folder.name), None, migrate)
        self.settings = settings_of(self.opened.__enter__())
        self.engine = new_engine(self.settings.database_url)
        self.session = Session(self.engine, expire_on_commit=False)
        self.now = here("2026-11-20T15:00")
        self.people = [register_customer(self.session, f"{name}@x.com.ar", name, PASSWORD, self.now) for name in ("ana", "beto")]
        self.staff = [register_staff(self.session, f"{name}@csi.com", name, Role.AGENT, PASSWORD) for name in ("carla", "dario")]
        self.numbers: list[str] = []
        self.first: dict[str, dict[str, Any]] = {}
        self.went: dict[str, str] = {}
        self.where: dict[str, str] = {}
        self.back: set[str] = set()
        self.held: list[tuple[int, str, Staff, datetime]] = []
        self.texts = 0
        self.session.commit()

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.engine.dispose()
            self.folder.cleanup()

    # What the rules share.

    def text(self) -> str:
        self.texts += 1
        return f"texto {self.texts}"

    def ticket(self, which: int) -> Ticket:
        number = self.numbers[which % len(self.numbers)]
        found = self.session.scalars(select(Ticket).where(Ticket.number == number)).one()
        self.session.refresh(found)
        return found

    def agent(self, which: int) -> Staff:
        return self.staff[which % len(self.staff)]

    def act(self, ticket: Ticket, which: int) -> Act:
        return Act(self.agent(which), ticket.version, self.now)

    def attempt(self, verb: Callable[[], Any]) -> Any:
        """What it gave; None where it was refused, and then nothing at all was changed."""
        self.now += timedelta(seconds=1)
        before = self.changes()
        try:
            result = verb()
            self.session.commit()
        except DeskError:
            self.session.rollback()
            assert self.changes() == before
            self.session.rollback()
            return None
        return result if result is not None else True

    def changes(self) -> tuple[Any, ...]:
        counted = [
            self.session.scalar(select(func.count()).select_from(model)) for model in (TicketEvent, TicketMessage, OutboxRow)
        ]
        return (*counted, self.session.scalar(select(func.sum(Ticket.version))))

    def root(self, number: str) -> str:
        while number in self.went:
            number = self.went[number]
        return number

    def remember(self, ticket: Ticket) -> None:
        self.numbers.append(ticket.number)
        names = ("status", "priority", "area", "subject", "assignee_id", "promised_at")
        self.first[ticket.number] = {name: getattr(ticket, name) for name in names}

    # What people do.

    @rule(which=WHICH, area=st.sampled_from(list(Area)))
    def report(self, which: int, area: Area) -> None:
        customer: Customer = self.people[which % len(self.people)]
        made = self.attempt(
            lambda: tickets.open_ticket(self.session, customer, Report(area, {"description": "x"}), None, AREA_URL, self.now, HOURS)
        )
        self.remember(made[0])

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH)
    def reply(self, which: int) -> None:
        ticket, body = self.ticket(which), self.text()
        written = self.attempt(lambda: tickets.reply_as_customer(self.session, ticket, body, self.now, HOURS))
        assert written is not None
        self.where[body] = self.root(ticket.number)
        assert tickets.find(self.session, ticket.number).status in STAFFS_TURN
        self.session.commit()

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, agent=WHICH, status=st.none() | STATUSES, how=st.sampled_from(["at once", "held", "regretted"]))
    def answer(self, which: int, agent: int, status: Status | None, how: str) -> None:
        ticket, body, member = self.ticket(which), self.text(), self.agent(agent)
        update = StaffUpdate(
            body, status or Status(ticket.status), ticket.version, hold=timedelta() if how == "at once" else TAKE_BACK
        )
        written = self.attempt(lambda: tickets.update_as_staff(self.session, ticket, member, update, AREA_URL, self.now, HOURS))
        if written is not None:
            self.where[body] = ticket.number
        if written is not None and how != "at once":
            self.held.append((written.id, body, member, self.now + TAKE_BACK))
        if written is not None and how == "regretted":
            self.take_back_last(True)

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, agent=WHICH, status=STATUSES, notes=st.booleans())
    def note_or_move(self, which: int, agent: int, status: Status, notes: bool) -> None:
        ticket, body, member = self.ticket(which), self.text() if notes else "", self.agent(agent)
        update = StaffUpdate(body, status, ticket.version, internal=True)
        written = self.attempt(lambda: tickets.update_as_staff(self.session, ticket, member, update, AREA_URL, self.now, HOURS))
        if written is not None and notes:
            self.where[body] = ticket.number

    @precondition(lambda self: self.held)
    @rule(by_author=st.sampled_from([True, True, True, False]))
    def take_back(self, by_author: bool) -> None:
        self.take_back_last(by_author)

    def take_back_last(self, by_author: bool) -> None:
        message_id, body, author, until = self.held.pop()
        message = self.session.get(TicketMessage, message_id, populate_existing=True)
        if message is None or message.body != body:
            return
        member = author if by_author else next(other for other in self.staff if other is not author)
        ticket_id, in_time = message.ticket_id, self.now + timedelta(seconds=1) < until
        draft = self.attempt(lambda: taking_back.take_back(self.session, message, member, self.now, HOURS))
        assert draft is None or (by_author and in_time)
        if draft is not None:
            self.back.add(body)
            del self.where[body]
            assert body in draft.body and draft.ticket_id == ticket_id

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, agent=WHICH, names=st.lists(st.sampled_from(sorted(QUESTIONS)), min_size=1, max_size=3))
    def ask(self, which: int, agent: int, names: list[str]) -> None:
        ticket, remark = self.ticket(which), self.text()
        asked = self.attempt(lambda: asking.ask(self.session, ticket, names, self.act(ticket, agent), AREA_URL, HOURS, remark))
        if asked is not None:
            self.where[asked.body] = ticket.number
            assert ticket.status == Status.WAITING

    @precondition(lambda self: self.numbers)
    @rule(
        which=WHICH,
        agent=WHICH,
        wanted=st.fixed_dictionaries(
            {},
            optional={
                "priority": st.sampled_from(list(Priority)),
                "area": st.sampled_from(list(Area)),
                "subject": st.sampled_from(["Uno", "Dos"]),
                "assignee": st.sampled_from(["first", None]),
                "tags": st.lists(st.sampled_from(["dns", "smtp", "php"]), max_size=3),
            },
        ),
    )
    def set_properties(self, which: int, agent: int, wanted: dict[str, Any]) -> None:
        ticket = self.ticket(which)
        if wanted.get("assignee") == "first":
            wanted["assignee"] = self.staff[0].id
        self.attempt(lambda: properties.change(self.session, ticket, wanted, self.act(ticket, agent), HOURS))

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, status=st.sampled_from([Status.SOLVED, Status.OPEN]))
    def customer_changes(self, which: int, status: Status) -> None:
        ticket = self.ticket(which)
        self.attempt(lambda: customer_tickets.change(self.session, ticket, status, self.now, HOURS))

    @precondition(lambda self: len(self.numbers) > 1)
    @rule(which=WHICH, into=WHICH, agent=WHICH)
    def merge(self, which: int, into: int, agent: int) -> None:
        source, target = self.ticket(which), self.ticket(into)
        act = self.act(source, agent)
        merged = self.attempt(lambda: merging.merge(self.session, source, target, act, AREA_URL, HOURS))
        if merged is not None:
            self.went[source.number] = target.number
            self.where = {body: self.root(number) for body, number in self.where.items()}

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, agent=WHICH, copy=st.booleans(), how_many=st.integers(1, 3))
    def split(self, which: int, agent: int, copy: bool, how_many: int) -> None:
        ticket = self.ticket(which)
        chosen = [message for message in ticket.messages if message.body in self.where][:how_many]
        wanted = splitting.Split([message.id for message in chosen], "Otra cosa", Area.SITE, copy)
        act = self.act(ticket, agent)
        made = self.attempt(lambda: splitting.split(self.session, ticket, wanted, act, AREA_URL, HOURS))
        if made is not None:
            self.remember(made)
            if copy:
                # A copy is no message of its own: where it lies is not followed, that it was lost nowhere is.
                return
            for message in chosen:
                self.where[message.body] = made.number

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, other=WHICH, agent=WHICH, is_on=st.booleans())
    def follow_and_link(self, which: int, other: int, agent: int, is_on: bool) -> None:
        ticket, second, member = self.ticket(which), self.ticket(other), self.agent(agent)
        watch, link = (followers.watch, links.link) if is_on else (followers.unwatch, links.unlink)
        self.attempt(lambda: watch(self.session, ticket, member, self.now))
        self.attempt(lambda: link(self.session, ticket, second, By(Author.STAFF, member.id, self.now)))

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, agent=WHICH)
    def type_something(self, which: int, agent: int) -> None:
        ticket = self.ticket(which)
        self.attempt(lambda: answer_drafts.keep(self.session, ticket, self.agent(agent), self.text(), False, self.now))

    @precondition(lambda self: self.numbers)
    @rule(which=WHICH, agent=WHICH)
    def save_what_is_stale(self, which: int, agent: int) -> None:
        ticket = self.ticket(which)
        seen, before = Act(self.agent(agent), ticket.version - 1, self.now), self.changes()
        try:
            properties.change(self.session, ticket, {"priority": "urgent"}, seen, HOURS)
        except DeskError as refused:
            assert isinstance(refused, StaleTicket) or ticket.merged_into_id is not None
        else:
            raise AssertionError("an old version was saved")
        self.session.rollback()
        assert self.changes() == before
        self.session.rollback()

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        """Time passes, and the worker is there at each moment when there is something to do."""
        until = self.now + timedelta(hours=hours)
        while self.now < until:
            soonest = self.session.scalar(select(func.min(Ticket.promised_at)))
            self.session.rollback()
            due = max(soonest - RENEW_BEFORE, self.now) if soonest is not None else until
            self.now = min(due, until) if due > self.now else min(self.now + timedelta(minutes=1), until)
            Steps(self.engine, self.settings).run(self.now)
        self.session.expire_all()

    # What must always hold.

    @invariant()
    def every_change_has_its_event_and_no_status_is_illegal(self) -> None:
        for ticket in self.all_tickets():
            state = dict(self.first[ticket.number])
            tags, watching = Counter[str](), Counter[str]()
            past: list[TicketEvent] = []
            for event in ticket.events:
                name = {"assignee": "assignee_id"}.get(event.kind, event.kind)
                if event.kind.startswith("promise_") and event.kind != "promise_warned":
                    assert event.old == _iso(state["promised_at"]), (event.kind, event.old, state)
                    state["promised_at"] = datetime.fromisoformat(event.new) if event.new else None
                elif event.kind in ("tag", "watcher"):
                    count = tags if event.kind == "tag" else watching
                    count.update({event.old: -1} if event.old else {event.new: 1})
                elif name in state:
                    assert event.old == state[name], (event.kind, event.old, state)
                    state[name] = event.new
                    assert event.kind != "status" or _is_legal(event, past), (event.old, event.new, event.author)
                past.append(event)
            for name, value in state.items():
                assert getattr(ticket, name) == value, (name, getattr(ticket, name), value)
            assert set(+tags) == {tag.name for tag in ticket.tags}
            assert set(+watching) >= {member.id for member in followers.watchers(self.session, ticket)}
        self.session.rollback()

    @invariant()
    def a_promise_runs_exactly_where_the_answer_is_ours_and_none_passed_in_silence(self) -> None:
        for ticket in self.all_tickets():
            assert (ticket.promised_at is not None) == (ticket.status in STAFFS_TURN), (ticket.status, ticket.promised_at)
            assert ticket.promised_at is None or ticket.promised_at > self.now - timedelta(minutes=20)
        keys = set(self.session.scalars(select(OutboxRow.key)))
        for event in self.session.scalars(select(TicketEvent).where(TicketEvent.kind == "promise_renewed")):
            assert event.at < datetime.fromisoformat(event.old) < datetime.fromisoformat(event.new)
            assert f"event-{event.id}" in keys
        self.session.rollback()

    @invariant()
    def merged_tickets_are_reached_by_their_numbers_and_stay_closed(self) -> None:
        for number in getattr(self, "numbers", ()):
            found = tickets.find(self.session, number)
            assert found.number == self.root(number) and found.merged_into_id is None
            assert number not in self.went or self.ticket(self.numbers.index(number)).status == Status.CLOSED
        if hasattr(self, "session"):
            self.session.rollback()

    @invariant()
    def no_message_is_lost_and_each_answer_leaves_once(self) -> None:
        if not hasattr(self, "session"):
            return
        there: dict[str, set[str]] = {}
        for message, number in self.session.execute(select(TicketMessage, Ticket.number).join(Ticket)):
            if message.author != Author.SYSTEM:
                there.setdefault(message.body, set()).add(number)
        for body, number in self.where.items():
            assert number in there.get(body, set()), (body, number, there.get(body))
        assert set(there) == set(self.where)
        assert not set(there) & self.back
        answers = select(TicketMessage.id).where(TicketMessage.author == Author.STAFF, TicketMessage.internal.is_(False))
        keys = Counter(self.session.scalars(select(OutboxRow.key)))
        mailed = [message_id for message_id in self.session.scalars(answers) if keys[f"message-{message_id}"]]
        # Copies of a split have no mail of their own: the customer has read them.
        assert len(mailed) >= len({body for body in there if body in self.where and self._is_answer(body)})
        self.session.rollback()

    def _is_answer(self, body: str) -> bool:
        query = select(TicketMessage).where(TicketMessage.body == body).order_by(TicketMessage.id).limit(1)
        message = self.session.scalars(query).one()
        return message.author == Author.STAFF and not message.internal

    def all_tickets(self) -> list[Ticket]:
        if not hasattr(self, "session"):
            return []
        self.session.expire_all()
        return list(self.session.scalars(select(Ticket).order_by(Ticket.id)))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _is_legal(event: TicketEvent, past: list[TicketEvent]) -> bool:
    """By the table, by a customer's reply, or because an answer was taken back with the status that it had set."""
    if event.new in TRANSITIONS[Status(event.old)] or (event.author == Author.CUSTOMER and event.new == Status.OPEN):
        return True
    return any(other.kind == "taken_back" and other.at == event.at for other in past)


TestDesk = Desk.TestCase
TestDesk.settings = settings(
    max_examples=25, stateful_step_count=35, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
