"""When a new ticket will have its first answer: reckoned from the desk's own work, and said as a person would say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from escalation.business_hours import BusinessHours
from escalation.models import Area, Author, Role, Staff, Status, Ticket, TicketMessage

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# Enough to show how the desk works, few enough to show how it works these days.
RECENT_MAX = 100
# Four promises of five are kept; the average would be broken every second time.
KEPT_PERCENT = 80
MEDIAN_PERCENT = 50
# With fewer, the 80th percentile is little more than the slowest ticket there was.
ENOUGH_KNOWN = 10
# Most of the time to an answer is waiting, which the known times hold already; work on each ticket ahead is a small part of it.
HANDLING_SHARE = 0.1
# What has to be asked first costs one round of question and reply; the policy warns that it may be several.
INCOMPLETE_SURCHARGE = 2 * HOUR
# Nobody reads, looks into and answers a ticket faster; an earlier hour would be luck.
FLOOR = HOUR
# Later than this a promise is no help any more: the policy has the ticket updated meanwhile where it takes longer.
CAP_DAYS = 3
# Open time, for while too few answers are known. Estimates of ours: the policy speaks of the kind of problem, not of numbers.
TARGETS: dict[str, timedelta] = {
    # His business stands still.
    Area.MAIL: 4 * HOUR,
    Area.SITE: 4 * HOUR,
    # Access only, and mended by one person.
    Area.ACCOUNT: 4 * HOUR,
    # A registrar or a bank has to be asked.
    Area.DOMAIN: 6 * HOUR,
    Area.PAYMENT: 6 * HOUR,
    # First somebody has to find out whose it is.
    Area.OTHER: 9 * HOUR,
}

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
HALF_YEAR = ("enero", "febrero", "marzo", "abril", "mayo", "junio")
MONTHS = (*HALF_YEAR, "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre")
# A week later the weekday has the same name again.
DAYS_OF_ONE_NAME = 6


@dataclass(frozen=True)
class Load:
    """Tickets ``waiting`` for staff, active ``agents``, and the ``recent`` times to a first answer, in open hours."""

    waiting: int
    agents: int
    recent: tuple[timedelta, ...]


@dataclass(frozen=True)
class Promise:
    """The answer comes before ``at`` (UTC). ``basis`` are the numbers that led there, times in whole minutes of open time."""

    at: datetime
    basis: dict[str, int | str]


def load_of(session: Session, now: datetime, hours: BusinessHours, area: str | None = None) -> Load:
    """The desk's load at ``now``, in three queries; ask before the new ticket is added, or it waits for itself.

    With ``area``, ``recent`` are only times of that kind of problem (the policy's word); the queue is always the whole desk's.
    """
    waiting = select(func.count()).select_from(Ticket).where(Ticket.status.in_((Status.NEW, Status.OPEN)))
    agents = select(func.count()).select_from(Staff).where(Staff.active, Staff.role == Role.AGENT)
    earlier = aliased(TicketMessage)
    first = ~(
        select(earlier.id)
        .where(earlier.ticket_id == TicketMessage.ticket_id, earlier.id < TicketMessage.id)
        .where(earlier.author == Author.STAFF, earlier.internal.is_(False))
        .exists()
    )
    # Walks back from the newest message and stops at enough: finding each ticket's first by grouping would read all there are.
    answers = (
        select(Ticket.created_at, TicketMessage.created_at)
        .join(Ticket, Ticket.id == TicketMessage.ticket_id)
        .where(TicketMessage.author == Author.STAFF, TicketMessage.internal.is_(False), TicketMessage.created_at <= now, first)
        # What came along from a merged or split ticket answered that one.
        .where(TicketMessage.created_at >= Ticket.created_at)
        .order_by(TicketMessage.id.desc())
        .limit(RECENT_MAX)
    )
    if area is not None:
        answers = answers.where(Ticket.area == area)
    recent = tuple(hours.between(asked, answered) for asked, answered in session.execute(answers))
    return Load(session.scalar(waiting) or 0, session.scalar(agents) or 0, recent)


def promise(
    load: Load, area: str, complete: bool, now: datetime, hours: BusinessHours, targets: Mapping[str, timedelta] = TARGETS
) -> Promise:
    """Before when a ticket of ``area``, reported at ``now``, will be answered: an end of an open hour, or a closing.

    It depends on what the policy names: the load of Soporte (tickets waiting for each agent), the time to investigate (how
    long recent answers took), the kind of problem (``targets`` in open time, and the times of a load of that area), and
    whether the report is complete.
    """
    target = targets[area]
    usual = _expected(load.recent, KEPT_PERCENT, target)
    # A desk without agents is answered by whoever is there.
    queue = _expected(load.recent, MEDIAN_PERCENT, target) * HANDLING_SHARE * load.waiting / max(load.agents, 1)
    surcharge = timedelta() if complete else INCOMPLETE_SURCHARGE
    work = min(max(usual + queue + surcharge, FLOOR), CAP_DAYS * hours.day)
    times = {"target": target, "usual": usual, "queue": queue, "surcharge": surcharge, "open": work}
    basis: dict[str, int | str] = {"area": str(area), "waiting": load.waiting, "agents": load.agents, "known": len(load.recent)}
    return Promise(full_hour(hours.add(now, work), hours), basis | {f"{name}_minutes": t // MINUTE for name, t in times.items()})


def _expected(recent: Sequence[timedelta], percent: int, target: timedelta) -> timedelta:
    """The time within which ``percent`` of ``recent`` were answered (nearest rank); the fewer, the nearer to ``target``."""
    if not recent:
        return target
    rank = -(-len(recent) * percent // 100)
    weight = min(len(recent), ENOUGH_KNOWN)
    return (sorted(recent)[rank - 1] * weight + target * (ENOUGH_KNOWN - weight)) / ENOUGH_KNOWN


def full_hour(at: datetime, hours: BusinessHours) -> datetime:
    """The next full hour of the desk's clock from ``at`` on, or its closing where that comes first."""
    local = hours.local(at)
    past = local - local.replace(minute=0, second=0, microsecond=0)
    # Counted in open time, so that a desk which closes at half past is not promised for the hour after.
    return hours.add(at, hours.between(at, at + HOUR - past)) if past else at


def spoken(at: datetime, now: datetime, hours: BusinessHours) -> str:
    """es-AR, on the desk's clock: "hoy antes de las 17", "mañana martes antes de las 11", "el jueves 26 antes de las 10"."""
    when, today = hours.local(at), hours.local(now)
    days = (when.date() - today.date()).days
    day = f"el {WEEKDAYS[when.weekday()]} {when.day}"
    if days == 0:
        day = "hoy"
    elif days == 1:
        day = f"mañana {WEEKDAYS[when.weekday()]}"
    elif when.month != today.month or not 0 < days <= DAYS_OF_ONE_NAME:
        day += f" de {MONTHS[when.month - 1]}"
    return f"{day} antes de las {when:%-H:%M}".removesuffix(":00")


def depends_on(missing: tuple[str, ...] = ()) -> str:
    """One sentence for the customer, after the policy. ``missing``: names of fields as he reads them, which would speed it up."""
    policy = (
        "El tiempo de respuesta depende de la carga de trabajo de Soporte en este momento, de lo que demore investigar el "
        "problema, del tipo de problema y de que tengamos toda la información necesaria"
    )
    if not missing:
        return f"{policy}."
    names = [name[:1].lower() + name[1:] for name in missing]
    listed = " y ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{policy}; podremos responderle antes si nos indica lo que falta: {listed}."
