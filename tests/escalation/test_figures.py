"""The desk's figures on a generated year, against plain SQL that reckons them another way, with a calendar of open days."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from escalation import figures
from escalation.area_models import TicketRating
from escalation.chat_models import ConversationEvent
from escalation.models import Customer, Staff, Ticket, TicketEvent, TicketMessage
from escalation.pages import TIME_ZONE
from escalation.periods import OpenTime, Period, percentile, period_of
from tests.escalation.conftest import NOW
from tests.escalation.test_a_year_at_the_desk import OFF
from tests.escalation.test_business_hours import HOURS, here

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
YEAR = Period(FIRST, LAST, TIME_ZONE)
TICKETS = 600
TOPICS = ("php-version", "correo-adjuntos", "ssl-instalar", "web-lenta")


@pytest.fixture
def year(session: Session, carla: Customer, agent: Staff) -> Session:
    """Six hundred tickets from November 2025 on, each with what may befall one; some are not finished yet."""
    chance = random.Random(2026)  # noqa: S311
    tickets, messages, events, ratings, chats = [], [], [], [], []
    for number in range(1, TICKETS + 1):
        at = opened = here("2025-11-01T00:00") + timedelta(seconds=chance.randrange(425 * 86400))
        status = "new"
        for _ in range(chance.randrange(5)):
            at += timedelta(seconds=chance.randrange(60, 5 * 86400))
            what = chance.choice(["answer", "note", "solve", "reopen", "renew"])
            if what in ("answer", "note"):
                internal = what == "note"
                messages.append({"ticket_id": number, "author": "staff", "internal": internal, "created_at": at})
                if not internal:
                    promised = at + timedelta(seconds=chance.randrange(-86400, 86400))
                    old = promised.astimezone(UTC).isoformat()
                    events.append(
                        {"ticket_id": number, "kind": "promise_kept", "author": "staff", "old": old, "new": None, "at": at}
                    )
            elif what == "renew":
                old = at.astimezone(UTC).isoformat()
                events.append(
                    {"ticket_id": number, "kind": "promise_renewed", "author": "system", "old": old, "new": old, "at": at}
                )
            elif (what == "solve") == (status in ("new", "open")):
                old, status = status, chance.choice(["solved", "closed"]) if what == "solve" else "open"
                events.append({"ticket_id": number, "kind": "status", "author": "staff", "old": old, "new": status, "at": at})
                if what == "solve" and chance.random() < 0.5:
                    ratings.append({"ticket_id": number, "score": chance.choice(["good", "fair", "bad"]), "at": at})
        tickets.append((number, opened, status))
        for _ in range(2):
            talk, kind = f"c-{chance.randrange(400)}", chance.choice(["answered", "solved_by_answer", "ticket_opened", "off_topic"])
            detail = {"topic": chance.choice(TOPICS)} if kind in ("answered", "solved_by_answer") else {}
            chats.append({"conversation_id": talk, "kind": kind, "detail": detail, "at": opened})
    _fill(session, carla, tickets, messages, events, ratings, chats)
    return session


def _fill(session: Session, carla: Customer, tickets, messages, events, ratings, chats) -> None:  # type: ignore[no-untyped-def]
    same = {"customer_id": carla.id, "subject": "x", "area": "mail", "priority": "normal", "fields": {}, "transcript": []}
    rows = [
        {"id": n, "number": f"MDA-{n}", "status": s, "created_at": at, "updated_at": at, "status_at": at, "version": 1}
        | {"shown_entries": [], **same}
        for n, at, s in tickets
    ]
    session.execute(insert(Ticket), rows)
    writer = {"author_id": "a", "author_name": "A", "body": "x"}
    session.execute(insert(TicketMessage), [{**writer, **row} for row in messages])
    session.execute(insert(TicketEvent), [{"author_id": None, **row} for row in events])
    latest = {row["ticket_id"]: row for row in ratings}
    session.execute(
        insert(TicketRating),
        [
            {"ticket_id": n, "score": r["score"], "comment": "", "created_at": r["at"], "updated_at": r["at"]}
            for n, r in latest.items()
        ],
    )
    session.execute(insert(ConversationEvent), chats)
    session.execute(text("CREATE TEMPORARY TABLE open_days (opens BIGINT, closes BIGINT)"))
    day = date(2025, 10, 1)
    while day < date(2027, 3, 1):
        # November and December of 2025 had these days off.
        off = (
            OFF
            | {date(2025, 11, 21), date(2025, 11, 24), date(2025, 12, 8), date(2025, 12, 25)}
            | {date(2027, 2, 8), date(2027, 2, 9)}
        )
        if day.weekday() < 5 and day not in off:
            nine = int(here(f"{day}T09:00").timestamp())
            session.execute(text("INSERT INTO open_days VALUES (:opens, :closes)"), {"opens": nine, "closes": nine + 9 * 3600})
        day += timedelta(days=1)
    session.flush()


class Plain:
    """SQL by hand, on either database."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.lite = session.get_bind().dialect.name == "sqlite"
        self.least, self.greatest = ("min", "max") if self.lite else ("least", "greatest")

    def seconds(self, column: str) -> str:
        return f"CAST(strftime('%s', {column}) AS INTEGER)" if self.lite else f"extract(epoch FROM {column})"

    def within(self, column: str, start: datetime, end: datetime) -> str:
        return f"{self.seconds(column)} >= {int(start.timestamp())} AND {self.seconds(column)} < {int(end.timestamp())}"

    def one(self, query: str):  # type: ignore[no-untyped-def]
        return self.session.execute(text(query)).scalar()

    def rank(self, spans: str, percent: int) -> float | None:
        """Nearest rank of the open hours between ``a`` and ``b`` (seconds) of the rows of ``spans``, which have an ``id``."""
        open_time = f"{self.greatest}(0, {self.least}(b, closes) - {self.greatest}(a, opens))"
        hours = f"SELECT spans.id, coalesce(sum({open_time}), 0) / 3600.0 AS h FROM ({spans}) spans, open_days GROUP BY spans.id"
        placed = f"SELECT h, row_number() OVER (ORDER BY h) AS place, count(*) OVER () AS total FROM ({hours}) AS hours"
        found = self.one(f"SELECT h FROM ({placed}) AS placed WHERE place = (total * {percent} + 99) / 100")
        return None if found is None else float(found)


def test_every_figure_of_a_year_is_the_one_that_plain_sql_finds(year: Session) -> None:
    sql = Plain(year)
    steps = figures.steps_of(year, YEAR, HOURS)
    assert [step.first.month for step in steps] == list(range(1, 13))
    done = "kind = 'status' AND new IN ('solved', 'closed') AND old IN ('new', 'open', 'waiting_on_customer')"
    again = "kind = 'status' AND old IN ('solved', 'closed') AND new IN ('new', 'open', 'waiting_on_customer')"
    for step, (_, start, end) in zip(steps, YEAR.steps(), strict=True):
        in_step = sql.within("at", start, end)
        assert step.came == sql.one(f"SELECT count(*) FROM tickets WHERE {sql.within('created_at', start, end)}")
        assert step.went == sql.one(f"SELECT count(*) FROM ticket_events WHERE {done} AND {in_step}")
        assert step.reopened == sql.one(f"SELECT count(*) FROM ticket_events WHERE {again} AND {in_step}")
        assert step.backlog == _open_at(sql, end)
        answers = (
            f"SELECT t.id, {sql.seconds('t.created_at')} AS a, (SELECT min({sql.seconds('m.created_at')}) FROM ticket_messages m "
            "WHERE m.ticket_id = t.id AND m.author = 'staff' AND NOT m.internal AND m.created_at >= t.created_at) AS b "
            f"FROM tickets t WHERE {sql.within('t.created_at', start, end)}"
        )
        answered = f"SELECT * FROM ({answers}) AS all_of_them WHERE b IS NOT NULL"
        solved = (
            f"SELECT t.id, {sql.seconds('t.created_at')} AS a, (SELECT max({sql.seconds('e.at')}) FROM ticket_events e "
            f"WHERE e.ticket_id = t.id AND {done}) AS b FROM tickets t WHERE t.status IN ('solved', 'closed')"
        )
        finished = f"SELECT * FROM ({solved}) AS s WHERE b >= {int(start.timestamp())} AND b < {int(end.timestamp())}"
        for spans, median, p90 in (
            (answered, step.answer_median, step.answer_p90),
            (finished, step.solution_median, step.solution_p90),
        ):
            assert median == pytest.approx(sql.rank(spans, 50)) and p90 == pytest.approx(sql.rank(spans, 90))
        # Moments of promises are kept as text: ISO 8601 in UTC, as the database writes its own.
        in_time = sql.seconds("replace(substr(old, 1, 19), 'T', ' ')" if sql.lite else "CAST(old AS timestamptz)")
        kept = f"kind = 'promise_kept' AND {sql.seconds('at')} <= {in_time}"
        assert step.kept == sql.one(f"SELECT count(*) FROM ticket_events WHERE {kept} AND {in_step}")
        ended = sql.one(f"SELECT count(*) FROM ticket_events WHERE kind IN ('promise_kept', 'promise_renewed') AND {in_step}")
        assert step.kept + step.broken == ended
        for score in ("good", "fair", "bad"):
            rated = f"SELECT count(*) FROM ticket_ratings WHERE score = '{score}' AND {sql.within('created_at', start, end)}"
            assert step.ratings.get(score, 0) == sql.one(rated)
    # The year had something of everything.
    assert all(sum(getattr(step, name) for step in steps) > 20 for name in ("came", "went", "reopened", "kept", "broken"))


def _open_at(sql: Plain, end: datetime) -> int:
    """By each ticket's last change of status before the moment; one that never changed is new."""
    before = f"{sql.seconds('e.at')} < {int(end.timestamp())}"
    last = (
        "SELECT coalesce((SELECT e.new FROM ticket_events e WHERE e.ticket_id = t.id AND e.kind = 'status' "
        f"AND {before} ORDER BY e.id DESC LIMIT 1), 'new') AS status FROM tickets t "
        f"WHERE {sql.seconds('t.created_at')} < {int(end.timestamp())}"
    )
    return int(sql.one(f"SELECT count(*) FROM ({last}) AS lasts WHERE status NOT IN ('solved', 'closed')"))


def test_deflection_topics_and_what_had_no_answer_are_those_of_plain_sql(year: Session) -> None:
    sql = Plain(year)
    within = sql.within("at", YEAR.start, YEAR.end)
    chats = f"FROM conversation_events WHERE {within}"
    tickets = f"SELECT conversation_id {chats} AND kind = 'ticket_opened'"
    helped = f"SELECT DISTINCT conversation_id {chats} AND kind = 'solved_by_answer'"
    found = figures.deflections(year, YEAR)
    assert sum(deflected for _, deflected in found) == sql.one(
        f"SELECT count(*) FROM ({helped}) AS helped WHERE conversation_id NOT IN ({tickets})"
    )
    assert sum(not deflected for _, deflected in found) == sql.one(
        f"SELECT count(DISTINCT conversation_id) {chats} AND kind = 'ticket_opened'"
    )
    steps = figures.steps_of(year, YEAR, HOURS)
    assert sum(step.deflected + step.opened_in_chat for step in steps) == len(found)
    name = "json_extract(detail, '$.topic')" if sql.lite else "detail->>'topic'"
    for topic in figures.topics(year, YEAR):
        assert topic.answered == sql.one(f"SELECT count(*) {chats} AND kind = 'answered' AND {name} = '{topic.name}'")
        assert topic.solved == sql.one(f"SELECT count(*) {chats} AND kind = 'solved_by_answer' AND {name} = '{topic.name}'")
    assert figures.unanswered(year, YEAR)["off_topic"] == sql.one(f"SELECT count(*) {chats} AND kind = 'off_topic'")
    unfinished = "status IN ('new', 'open', 'waiting_on_customer')"
    now = here("2027-01-10T12:00")
    aged = figures.age(year, now)
    assert aged.count == sql.one(f"SELECT count(*) FROM tickets WHERE {unfinished}")
    oldest = sql.one(f"SELECT min({sql.seconds('created_at')}) FROM tickets WHERE {unfinished}")
    assert aged.oldest == pytest.approx((now.timestamp() - float(oldest)) / 86400)


def test_a_desk_without_anything_has_figures_too(session: Session) -> None:
    steps = figures.steps_of(session, YEAR, HOURS)
    assert {step.came + step.backlog + step.kept for step in steps} == {0}
    assert {step.answer_median for step in steps} == {None}
    assert figures.age(session, NOW) == figures.Age(0, None, None, None)
    assert figures.topics(session, YEAR) == [] and figures.questions_without_answer(session, YEAR) == []


def test_open_time_laid_out_once_is_that_of_the_business_hours() -> None:
    chance, start, end = random.Random(7), here("2026-02-11T13:30"), here("2026-04-20T10:00")  # noqa: S311
    laid_out = OpenTime(HOURS, start, end)
    seconds = int((end - start).total_seconds())
    for _ in range(300):
        one, other = sorted(start + timedelta(seconds=chance.randrange(seconds)) for _ in range(2))
        assert laid_out.between(one, other) == HOURS.between(one, other)
        assert laid_out.between(other, one) == timedelta()


@pytest.mark.parametrize(
    ("values", "percent", "expected"), [([], 50, None), ([3], 90, 3), ([1, 2], 50, 1), ([4, 1, 3, 2], 50, 2), (range(1, 11), 90, 9)]
)
def test_percentiles_are_nearest_rank(values: list[float], percent: int, expected: float | None) -> None:
    assert percentile(list(values), percent) == expected


@pytest.mark.parametrize(
    ("first", "last", "steps"),
    [
        ("2026-03-01", "2026-03-31", 31),
        ("2026-03-04", "2026-04-30", 9),
        ("2025-12-15", "2026-12-14", 13),
        ("2026-03-05", "2026-03-04", 28),
        ("mañana", "", 28),
        ("0001-01-01", "2026-01-01", 28),
    ],
)
def test_a_period_is_cut_into_days_weeks_or_months_without_gap(first: str, last: str, steps: int) -> None:
    period = period_of(first, last, NOW, TIME_ZONE)
    cut = period.steps()
    assert len(cut) == steps
    assert cut[0][1] == period.start and cut[-1][2] == period.end
    assert all(one[2] == other[1] for one, other in pairwise(cut))
