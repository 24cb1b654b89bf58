"""The whole channel on one database, worked by hand: what Meta delivers in, what the person reads out."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from bot.channels.messenger.tables import Event, Outgoing, Person
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.worker import Messenger
from tests.messenger.graph import Accepted, GraphStandIn
from tests.messenger.meta import A_MINUTE_AGO, PAGE, PSID, body_of, event_of, message, signed
from webhook_app import create_app


class FacebookPage:
    """A Page with its customers; no threads, so that a test sees each step."""

    def __init__(self, settings: Settings, engine: Engine, graph: GraphStandIn) -> None:
        assert settings.messenger is not None
        self.engine = engine
        self.graph = graph
        self.client: FlaskClient = create_app(settings).test_client()
        self.channel = Messenger(settings, settings.messenger, engine)
        self.count = 0

    def deliver(self, *events: dict[str, Any]) -> None:
        """One call of Meta's with these events."""
        raw, headers = signed(body_of(*events))
        answer = self.client.post("/webhooks/messenger", data=raw, headers=headers)
        assert answer.status_code == 200, answer.text

    def work(self) -> None:
        """All that is due, as the worker's threads would."""
        rows, work = self.channel.rows, self.channel.work
        for event in rows.inbox.notes(100):
            work.notes.take(event)
        for who in rows.inbox.people_due(100):
            work.intake.work(rows.people.of(*who))
        for person_id in rows.queue.people_due(100):
            work.sender.work(person_id)

    def says(self, text: str, psid: str = PSID, **more: Any) -> list[Accepted]:
        """A customer types; what he reads then."""
        self.count += 1
        return self.happens(message(text, f"m_{self.count}", self.count, psid, **more))

    def happens(self, *events: dict[str, Any]) -> list[Accepted]:
        """Deliver and work; what the person reads then."""
        before = len(self.graph.accepted)
        self.deliver(*events)
        self.work()
        return self.graph.accepted[before:]

    def recorded(self, name: str, **changed: Any) -> list[Accepted]:
        """A recorded event happens; ``changed`` goes into its one part, as into ``message``."""
        event = event_of(name)
        part = next(value for key, value in event.items() if key not in ("sender", "recipient", "timestamp"))
        part.update(changed)
        return self.happens(event)

    def taps(self, shown: Accepted, title: str) -> list[Accepted]:
        """Press a button or a quick reply of a message that was read."""
        choice = next(choice for choice in shown.choices if choice["title"].startswith(title))
        self.count += 1
        if choice.get("content_type") == "text":
            return self.says(choice["title"], quick_reply={"payload": choice["payload"]})
        pressed = {"title": choice["title"], "payload": choice["payload"], "mid": f"m_p{self.count}"}
        event = {**event_of("postback"), "timestamp": A_MINUTE_AGO + self.count, "postback": pressed}
        return self.happens(event)

    def person(self, psid: str = PSID) -> Person:
        return self.channel.rows.people.of(PAGE, psid)

    def history(self, psid: str = PSID) -> list[tuple[str, str]]:
        """Who said what in the conversation as it is stored."""
        messages = Store(self.engine).history(self.person(psid).conversation_id)
        return [(row.author, row.text) for row in messages if row.text]

    def change(self, table: type, **values: Any) -> None:
        with Session(self.engine) as session, session.begin():
            session.execute(update(table).values(**values))

    def rows(self, table: type) -> list[Any]:
        with Session(self.engine) as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def states(self) -> list[str]:
        """Of all events."""
        return [event.state for event in self.rows(Event)]

    def outgoing(self) -> list[tuple[str, str]]:
        """Kind and state of all messages out."""
        return [(row.kind, row.state) for row in self.rows(Outgoing)]
