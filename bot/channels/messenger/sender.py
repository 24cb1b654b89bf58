"""Sends one person's messages, the next after the previous one returned, and does what Meta's errors ask for."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from bot.channels.messenger import tables as t
from bot.channels.messenger.graph import ALARMS, Graph, GraphError, Trouble
from bot.channels.messenger.outgoing import Queue, Start
from bot.channels.messenger.page import Page
from bot.channels.messenger.people import People

log = structlog.get_logger()


class Sender:
    """``sleep`` waits for the Page's pace."""

    def __init__(self, queue: Queue, page: Page, people: People, graph: Graph, sleep: Callable[[float], None] = time.sleep) -> None:
        self._queue = queue
        self._page = page
        self._people = people
        self._graph = graph
        self._sleep = sleep

    def work(self, person_id: int) -> None:
        """Send what may leave now. The caller holds the person's lease for sending."""
        while (start := self._queue.begin(person_id)) is not None:
            self._sleep(start.wait)
            try:
                mid = self._graph.send(start.body)
            except GraphError as failed:
                if not self._refused(start, failed):
                    return
            else:
                self._queue.sent(start.row.id, mid)
                if start.mended:
                    self._page.well()
                    log.info("messenger sends again")

    def _refused(self, start: Start, failed: GraphError) -> bool:
        """Whether the person's next message may be tried."""
        row, trouble, detail = start.row, failed.trouble, failed.detail
        log.warning("messenger message not sent", row=row.id, kind=row.kind, trouble=trouble.value, reason=detail)
        if trouble in ALARMS or trouble is Trouble.RATE:
            self._queue.again(row, detail)
            if trouble is Trouble.RATE:
                self._page.slow_down()
            else:
                self._page.alarm(trouble, detail)
            return False
        if row.kind == t.ACTION:
            self._queue.ended(row.id, t.DROPPED, detail)
        elif trouble in (Trouble.LATER, Trouble.UNCLEAR):
            (self._queue.later if trouble is Trouble.LATER else self._queue.unclear)(row, detail)
            return False
        else:
            self._queue.ended(row.id, t.REFUSED, detail)
            if trouble is Trouble.GONE:
                self._people.close(row.person_id)
        return True
