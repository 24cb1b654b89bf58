"""What a list of tickets is to show: a queue, narrowed by filters, in an order. It can be stored, and comes back as it was."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from escalation.customer_tickets import UNFINISHED
from escalation.models import Area, Priority, Status

NOBODY = "nadie"


class Queue(StrEnum):
    """What a list is about; the value stands in addresses."""

    TO_DO = "para-atender"
    MINE = "mias"
    UNASSIGNED = "sin-asignar"
    WAITING = "en-espera"
    CLOSE = "por-vencer"
    ALL = "todas"


class Sort(StrEnum):
    """The order of a list. By promise: those that have one first, the one that breaks first at the top."""

    PROMISE = "promesa"
    LONGEST = "espera"
    LATEST = "novedad"
    NEWEST = "apertura"


STATUSES_OF: dict[Queue, tuple[Status, ...]] = {
    Queue.TO_DO: (Status.NEW, Status.OPEN),
    Queue.MINE: UNFINISHED,
    Queue.UNASSIGNED: (Status.NEW, Status.OPEN),
    Queue.WAITING: (Status.WAITING,),
    Queue.CLOSE: (Status.NEW, Status.OPEN),
    Queue.ALL: tuple(Status),
}
USUAL_SORT = {Queue.WAITING: Sort.LONGEST, Queue.ALL: Sort.LATEST}


@dataclass(frozen=True)
class Wanted:
    """A queue, narrowed by what is not empty. ``assignee``: an id of staff or :data:`NOBODY`; ``sort`` None: the queue's own."""

    queue: Queue = Queue.TO_DO
    statuses: tuple[Status, ...] = ()
    area: str = ""
    priority: str = ""
    assignee: str = ""
    tag: str = ""
    customer_id: str = ""
    sort: Sort | None = None

    @property
    def order(self) -> Sort:
        """The sort that applies."""
        return self.sort or USUAL_SORT.get(self.queue, Sort.PROMISE)

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows less than its whole queue."""
        return bool(self.statuses or self.area or self.priority or self.assignee or self.tag or self.customer_id)

    def as_dict(self) -> dict[str, Any]:
        """As it is stored, and as :func:`wanted_from` reads it: what is empty is left out."""
        given = {
            "queue": str(self.queue),
            "statuses": [str(status) for status in self.statuses],
            "area": self.area,
            "priority": self.priority,
            "assignee": self.assignee,
            "tag": self.tag,
            "customer_id": self.customer_id,
            "sort": str(self.sort or ""),
        }
        return {name: value for name, value in given.items() if value}


def wanted_from(given: dict[str, Any]) -> Wanted:
    """From stored or typed values; what is unknown is left out, so that an old link shows something."""
    statuses = [status for status in given.get("statuses") or () if status in set(Status)]
    return Wanted(
        queue=Queue(given["queue"]) if given.get("queue") in set(Queue) else Queue.TO_DO,
        statuses=tuple(Status(status) for status in dict.fromkeys(statuses)),
        area=_one_of(Area, given.get("area")),
        priority=_one_of(Priority, given.get("priority")),
        assignee=str(given.get("assignee") or "")[:36],
        tag=str(given.get("tag") or "").strip().lower()[:40],
        customer_id=str(given.get("customer_id") or "")[:36],
        sort=Sort(given["sort"]) if given.get("sort") in set(Sort) else None,
    )


def _one_of(kind: type[StrEnum], value: Any) -> str:
    return str(value) if value in set(kind) else ""
