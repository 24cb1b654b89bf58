"""Looks after the Page while nobody sends: is its token alive, and do staff see what is wrong."""

from __future__ import annotations

import time

import structlog

from bot.channels.escalation import Escalation, EscalationUnavailable
from bot.channels.messenger.graph import Graph, Trouble
from bot.channels.messenger.page import ALARM_SECONDS, Page

log = structlog.get_logger()

# A token may die on a quiet day, when nothing is sent that would show it (chatwoot/chatwoot#2038).
TOKEN_SECONDS = 24 * 3600.0
CHANNEL = "messenger"


class Watch:
    """Both verbs may take as long as Meta and escalation take."""

    def __init__(self, page: Page, graph: Graph, escalation: Escalation) -> None:
        self._page = page
        self._graph = graph
        self._escalation = escalation

    def tend(self) -> None:
        """Whatever is due."""
        self.check_token()
        self.tell_staff()

    def check_token(self) -> None:
        """Ask Meta once a day, and every minute while it is dead: mended, sending goes on by itself."""
        state = self._page.state()
        dead = state.alarm == Trouble.TOKEN
        if time.time() - state.checked_at < (ALARM_SECONDS[Trouble.TOKEN] if dead else TOKEN_SECONDS):
            return
        self._page.checked()
        works = self._graph.token_works()
        if dead and works:
            self._page.well()
            log.info("messenger token works again")
        elif not works:
            self._page.alarm(Trouble.TOKEN, "the Page's token is refused")
            log.error("messenger token is dead")

    def tell_staff(self) -> None:
        """Escalation shows the alarm that there is, or none."""
        state = self._page.state()
        if state.told:
            return
        alarm = {"kind": state.alarm, "detail": state.alarm_detail or "", "since": state.alarm_since} if state.alarm else None
        try:
            self._escalation.alarm(CHANNEL, alarm)
        except EscalationUnavailable as why:
            log.warning("alarm not told", reason=str(why))
        else:
            self._page.told(state.alarm)
