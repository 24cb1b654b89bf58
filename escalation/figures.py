"""How the desk is doing between two days: what came and went, how long it took, what was promised, what needed no ticket.

Times are open time of the desk. A day begins at midnight on the desk's own clock. Percentiles are nearest rank.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from escalation.area_models import TicketRating
from escalation.business_hours import BusinessHours
from escalation.chat_models import ConversationEvent
from escalation.customer_tickets import UNFINISHED
from escalation.desk.clock import KEPT, RENEWED
from escalation.models import Author, Status, Ticket, TicketEvent, TicketMessage
from escalation.periods import ONE_DAY, OpenTime, Period, in_hours, percentile

FINISHED = (Status.SOLVED, Status.CLOSED)
TOPICS_SHOWN, QUESTIONS_SHOWN = 15, 20
GOOD = "good"


@dataclass
class Step:
    """One point of the charts. Times in hours of open time, None where nothing was measured."""

    first: date
    came: int = 0
    went: int = 0
    reopened: int = 0
    backlog: int = 0
    answer_median: float | None = None
    answer_p90: float | None = None
    solution_median: float | None = None
    solution_p90: float | None = None
    kept: int = 0
    broken: int = 0
    deflected: int = 0
    opened_in_chat: int = 0
    ratings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Age:
    """How old the tickets are that are not finished now, in days of the calendar."""

    count: int
    median: float | None
    p90: float | None
    oldest: float | None


@dataclass(frozen=True)
class Topic:
    """An answer of the help centre: how often it was given, helped, and did not."""

    name: str
    answered: int
    solved: int
    not_solved: int


FLOW, ANSWER, SOLUTION, PROMISES, DEFLECTION, RATINGS = "flow", "answer", "solution", "promises", "deflection", "ratings"
PARTS = (FLOW, ANSWER, SOLUTION, PROMISES, DEFLECTION, RATINGS)


def steps_of(session: Session, period: Period, hours: BusinessHours, parts: Collection[str] = PARTS) -> list[Step]:
    """One for each point of time, with those ``parts`` reckoned that are wanted."""
    bounds = period.steps()
    steps, ends = [Step(first) for first, _, _ in bounds], [end for _, _, end in bounds]
    if FLOW in parts:
        _flow(session, period, steps, ends)
    for part, measure in ((ANSWER, first_answers), (SOLUTION, solutions)):
        for index, found in _by_step(measure(session, period, hours) if part in parts else (), ends).items():
            setattr(steps[index], f"{part}_median", percentile(found, 50))
            setattr(steps[index], f"{part}_p90", percentile(found, 90))
    for at, is_kept in promises(session, period) if PROMISES in parts else ():
        step = steps[_index(at, ends)]
        step.kept, step.broken = step.kept + is_kept, step.broken + (not is_kept)
    for at, is_deflected in deflections(session, period) if DEFLECTION in parts else ():
        step = steps[_index(at, ends)]
        step.deflected, step.opened_in_chat = step.deflected + is_deflected, step.opened_in_chat + (not is_deflected)
    for at, score in ratings(session, period) if RATINGS in parts else ():
        counts = steps[_index(at, ends)].ratings
        counts[score] = counts.get(score, 0) + 1
    return steps


def ratings(session: Session, period: Period) -> list[tuple[datetime, str]]:
    """Customers' verdicts, by when they were given first."""
    rated = select(TicketRating.created_at, TicketRating.score)
    within = (TicketRating.created_at >= period.start) & (TicketRating.created_at < period.end)
    return [(at, score) for at, score in session.execute(rated.where(within))]


def first_answers(session: Session, period: Period, hours: BusinessHours) -> list[tuple[datetime, float]]:
    """When each ticket of the period was opened, and the hours until its first answer; unanswered ones are left out.

    What came along from a merged ticket is older than the ticket, and no answer to it.
    """
    answered = (
        select(Ticket.created_at, func.min(TicketMessage.created_at))
        .join(TicketMessage, TicketMessage.ticket_id == Ticket.id)
        .where(Ticket.created_at >= period.start, Ticket.created_at < period.end)
        .where(TicketMessage.author == Author.STAFF, TicketMessage.internal.is_(False))
        .where(TicketMessage.created_at >= Ticket.created_at)
        .group_by(Ticket.id, Ticket.created_at)
    )
    pairs = session.execute(answered).all()
    return [(opened, span) for (opened, _at), span in zip(pairs, _spans(pairs, hours), strict=True)]


def solutions(session: Session, period: Period, hours: BusinessHours) -> list[tuple[datetime, float]]:
    """When each ticket that is finished now was finished last, within the period, and the hours since it was opened."""
    last = (
        select(TicketEvent.ticket_id, func.max(TicketEvent.at).label("at"))
        .where(TicketEvent.kind == "status", TicketEvent.new.in_(FINISHED), TicketEvent.old.in_(UNFINISHED))
        .group_by(TicketEvent.ticket_id)
        .subquery()
    )
    finished = (
        select(Ticket.created_at, last.c.at)
        .join(last, last.c.ticket_id == Ticket.id)
        .where(Ticket.status.in_(FINISHED), Ticket.merged_into_id.is_(None), last.c.at >= period.start, last.c.at < period.end)
    )
    pairs = session.execute(finished).all()
    return [(at, span) for (_opened, at), span in zip(pairs, _spans(pairs, hours), strict=True)]


def promises(session: Session, period: Period) -> list[tuple[datetime, bool]]:
    """Each promised time that came to its end: by an answer, in time or not, or by a new time in place of it (not kept)."""
    ended = select(TicketEvent.kind, TicketEvent.at, TicketEvent.old).where(
        TicketEvent.kind.in_((KEPT, RENEWED)), TicketEvent.at >= period.start, TicketEvent.at < period.end
    )
    return [
        (at, kind == KEPT and at <= datetime.fromisoformat(promised))
        for kind, at, promised in session.execute(ended)
        if promised is not None
    ]


def deflections(session: Session, period: Period) -> list[tuple[datetime, bool]]:
    """Each conversation that came to an end in the period: solved by an answer without a ticket (True), or by a ticket."""
    kinds = ("solved_by_answer", "ticket_opened")
    found: dict[str, tuple[datetime, bool]] = {}
    ended = select(ConversationEvent.conversation_id, ConversationEvent.kind, ConversationEvent.at)
    within = (ConversationEvent.at >= period.start) & (ConversationEvent.at < period.end)
    for conversation, kind, at in session.execute(
        ended.where(ConversationEvent.kind.in_(kinds), within).order_by(ConversationEvent.at, ConversationEvent.id)
    ):
        first, deflected = found.get(conversation, (at, True))
        found[conversation] = (first, deflected and kind == "solved_by_answer")
    return list(found.values())


def topics(session: Session, period: Period) -> list[Topic]:
    """The answers that were given most."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in ("answered", "solved_by_answer", "not_solved")}
    query = select(ConversationEvent.kind, ConversationEvent.detail)
    within = (ConversationEvent.at >= period.start) & (ConversationEvent.at < period.end)
    for kind, detail in session.execute(query.where(ConversationEvent.kind.in_(list(counts)), within)):
        if detail.get("topic"):
            counts[kind][str(detail["topic"])] += 1
    names = sorted(counts["answered"], key=lambda name: (-counts["answered"][name], name))
    return [
        Topic(name, counts["answered"][name], counts["solved_by_answer"][name], counts["not_solved"][name])
        for name in names[:TOPICS_SHOWN]
    ]


def unanswered(session: Session, period: Period) -> dict[str, int]:
    """What the bot had no answer to, by the kind of event: offered a ticket instead, off topic, left without an end."""
    kinds = ("ticket_offered", "off_topic", "not_solved", "abandoned")
    query = select(ConversationEvent.kind, func.count()).where(
        ConversationEvent.kind.in_(kinds), ConversationEvent.at >= period.start, ConversationEvent.at < period.end
    )
    found = {kind: count for kind, count in session.execute(query.group_by(ConversationEvent.kind))}
    return {kind: found.get(kind, 0) for kind in kinds}


def questions_without_answer(session: Session, period: Period) -> list[Ticket]:
    """The newest tickets from a chat in which no answer of the help centre was shown: what it lacks."""
    query = select(Ticket).where(
        Ticket.created_at >= period.start, Ticket.created_at < period.end, Ticket.conversation_id.is_not(None)
    )
    newest = session.scalars(query.order_by(Ticket.created_at.desc()).execution_options(yield_per=100))
    found = []
    for ticket in newest:
        if not ticket.shown_entries:
            found.append(ticket)
        if len(found) == QUESTIONS_SHOWN:
            break
    return found


def age(session: Session, now: datetime) -> Age:
    """Of what is not finished now."""
    opened = session.scalars(select(Ticket.created_at).where(Ticket.status.in_(UNFINISHED))).all()
    days = [(now - at) / ONE_DAY for at in opened]
    return Age(len(days), percentile(days, 50), percentile(days, 90), max(days, default=None))


def _flow(session: Session, period: Period, steps: list[Step], ends: list[datetime]) -> None:
    opened = select(Ticket.created_at).where(Ticket.created_at >= period.start, Ticket.created_at < period.end)
    for at in session.scalars(opened):
        steps[_index(at, ends)].came += 1
    for at, is_done in _turns(session, period.start, period.end):
        step = steps[_index(at, ends)]
        step.went, step.reopened = step.went + is_done, step.reopened + (not is_done)
    backlog = _backlog_at(session, period.start)
    for step in steps:
        backlog += step.came + step.reopened - step.went
        step.backlog = backlog


def _turns(session: Session, start: datetime, end: datetime | None = None) -> Iterable[tuple[datetime, bool]]:
    """Each time that a ticket was finished (True) or taken up again."""
    done = TicketEvent.old.in_(UNFINISHED) & TicketEvent.new.in_(FINISHED)
    again = TicketEvent.old.in_(FINISHED) & TicketEvent.new.in_(UNFINISHED)
    query = select(TicketEvent.at, TicketEvent.new)
    query = query.where(TicketEvent.kind == "status", or_(done, again), TicketEvent.at >= start)
    if end is not None:
        query = query.where(TicketEvent.at < end)
    return [(at, new in FINISHED) for at, new in session.execute(query)]


def _backlog_at(session: Session, moment: datetime) -> int:
    # Backwards from now: all that happened since is less than all that ever happened.
    now_open = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.status.in_(UNFINISHED))) or 0
    came = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.created_at >= moment)) or 0
    done = [done for _, done in _turns(session, moment)]
    return now_open - came + sum(done) - (len(done) - sum(done))


def _spans(pairs: Sequence[Any], hours: BusinessHours) -> list[float]:
    """Hours of open time from the first moment of each pair to the second."""
    if not pairs:
        return []
    open_time = OpenTime(hours, min(start for start, _ in pairs), max(end for _, end in pairs))
    return [in_hours(open_time.between(start, end)) for start, end in pairs]


def _by_step(times: Iterable[tuple[datetime, float]], ends: list[datetime]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for at, value in times:
        found.setdefault(_index(at, ends), []).append(value)
    return found


def _index(at: datetime, ends: list[datetime]) -> int:
    return bisect_right(ends, at)
