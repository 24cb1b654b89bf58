"""The state of the Page: its pace, pauses that Meta's errors ask for, and the alarm that staff see."""

from __future__ import annotations

import hashlib
import time

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.messenger.graph import Trouble
from bot.channels.messenger.tables import PageState
from wire.database import for_reading

THE_PAGE = 1
# After an alarm one message is tried again so often: mended, it goes on by itself. A token is asked after more cheaply.
ALARM_SECONDS = {Trouble.TOKEN: 60.0, Trouble.PERMISSION: 600.0, Trouble.RESTRICTED: 1800.0, Trouble.ABUSE: 3600.0}
RATE_SECONDS_MAX = 300.0


class Page:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = for_reading(engine)
        self._ensure()

    def state(self) -> PageState:
        """As it stands now."""
        with Session(self._reader, expire_on_commit=False) as session:
            return session.get_one(PageState, THE_PAGE)

    def uses(self, token: str) -> None:
        """This token is in use from now on; what was wrong with another one is over."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        with Session(self._engine) as session, session.begin():
            page = session.get_one(PageState, THE_PAGE)
            if page.token_hash != digest:
                page.token_hash, page.checked_at = digest, 0.0
                _mend(page)

    def alarm(self, trouble: Trouble, detail: str) -> None:
        """Stop sending and tell staff; the first moment of an alarm stays."""
        now = time.time()
        with Session(self._engine) as session, session.begin():
            page = session.get_one(PageState, THE_PAGE)
            if page.alarm != trouble:
                page.alarm, page.alarm_since, page.told = trouble.value, now, False
            page.alarm_detail, page.paused_until = detail[:300], now + ALARM_SECONDS[trouble]

    def slow_down(self) -> float:
        """Meta asks for less: wait twice as long as the last time; returns the seconds."""
        now = time.time()
        with Session(self._engine) as session, session.begin():
            page = session.get_one(PageState, THE_PAGE)
            if page.paused_until <= now:
                page.pauses += 1
                page.paused_until = now + min(2.0 ** (page.pauses - 1), RATE_SECONDS_MAX)
            return page.paused_until - now

    def well(self) -> None:
        """A message left."""
        with Session(self._engine) as session, session.begin():
            _mend(session.get_one(PageState, THE_PAGE))

    def checked(self) -> None:
        """The token was looked at just now."""
        with Session(self._engine) as session, session.begin():
            session.get_one(PageState, THE_PAGE).checked_at = time.time()

    def told(self, alarm: str | None) -> None:
        """Escalation shows ``alarm``; where it is another one by now, it has to be told again."""
        with Session(self._engine) as session, session.begin():
            page = session.get_one(PageState, THE_PAGE)
            page.told = page.alarm == alarm

    def _ensure(self) -> None:
        with Session(self._engine) as session:
            if session.get(PageState, THE_PAGE) is None:
                session.add(PageState(id=THE_PAGE))
                try:
                    session.commit()
                except IntegrityError:
                    session.rollback()


def _mend(page: PageState) -> None:
    if page.alarm is not None:
        page.told = False
    page.alarm = page.alarm_detail = page.alarm_since = None
    page.pauses, page.paused_until = 0, 0.0
