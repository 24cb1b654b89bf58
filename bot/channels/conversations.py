"""A turn from the door's side: stored, in order, talked over with Rasa, answered; the same message again changes nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

import structlog

from bot.channels import commands, words
from bot.channels.buttons import Buttons
from bot.channels.escalation import Escalation, EscalationUnavailable
from bot.channels.files import Files
from bot.channels.rasa import Rasa, RasaUnavailable
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.tables import Message
from bot.channels.turns import ConversationBusy, Turns
from bot.channels.widget import IncomingMessage, render

log = structlog.get_logger()


class Taken(NamedTuple):
    """The message as it is stored and shown from now on, and the replies; both as the widget reads them."""

    message: dict[str, Any]
    replies: list[dict[str, Any]]


class Conversations:
    """The front door's verbs."""

    def __init__(
        self, store: Store, turns: Turns, rasa: Rasa, escalation: Escalation, files: Files, buttons: Buttons, settings: Settings
    ) -> None:
        self._store = store
        self._turns = turns
        self._rasa = rasa
        self._escalation = escalation
        self._files = files
        self._buttons = buttons
        self._patience = settings.rasa_timeout
        self._login_url = f"{settings.escalation_public_url}/api/v1/conversation-login"
        self._help_url = f"{settings.front_public_url}/ayuda/"

    def take(self, conversation_id: str, incoming: IncomingMessage, request_id: str) -> Taken:
        """Store ``incoming`` and return the replies; a repeated id gets those of the first time.

        The first reply says which secrets were hidden, if any. Where the bot is down a reply says so (``"degraded": true``),
        nothing is stored as the answer, and the same id may be sent again.
        """
        message = self.accept(conversation_id, incoming)
        return Taken(message.as_dict(), self._replies(message, incoming, request_id))

    def accept(self, conversation_id: str, incoming: IncomingMessage) -> Message:
        """Store ``incoming``; the same id again gives the row of the first time."""
        payload = incoming.to_rasa if incoming.is_command else None
        return self._store.accept(conversation_id, incoming.id, incoming.shown, payload, incoming.extras)

    def answered(self, message: Message, incoming: IncomingMessage, request_id: str) -> list[Message]:
        """The replies to a stored message, those of the first time where it was answered before.

        The caller has the conversation to himself.

        Raises:
            RasaUnavailable: the bot is down; nothing is stored as the answer.
        """
        earlier = self._store.replies_to(message.id)
        return self._answer(message, incoming, request_id) if earlier is None else earlier

    def _replies(self, message: Message, incoming: IncomingMessage, request_id: str) -> list[dict[str, Any]]:
        earlier = self._store.replies_to(message.id)
        if earlier is None:
            try:
                with self._turns.hold(message.conversation_id, self._patience):
                    # The first copy of a doubled message may have been answered while this one waited.
                    earlier = self.answered(message, incoming, request_id)
            except ConversationBusy:
                return [_notice(words.BUSY)]
            except RasaUnavailable as why:
                log.warning("rasa unavailable", reason=str(why))
                spoken = [words.hidden(incoming.hidden)] if incoming.hidden else []
                return [_notice(text) for text in (*spoken, words.no_bot(self._help_url))]
        return [reply.as_dict() for reply in earlier]

    def _answer(self, message: Message, incoming: IncomingMessage, request_id: str) -> list[Message]:
        # The ticket that this turn may open takes the files that are there.
        self._files.forward(message.conversation_id)
        to_rasa = self._checked(message, incoming.code, request_id) if incoming.code else incoming.to_rasa
        metadata = {"request_id": request_id, "message_id": message.id, "shown_as": incoming.shown, **incoming.metadata}
        said = self._rasa.turn(message.conversation_id, to_rasa, metadata)
        replies = render(said, message.conversation_id, self._buttons, self._login_url)
        if incoming.hidden:
            replies.insert(0, {"text": words.hidden(incoming.hidden), "buttons": []})
        return self._store.answer(message, replies)

    def _checked(self, message: Message, code: str, request_id: str) -> str:
        """What Rasa hears of a code. A verdict stays: a code works once, and the message may come again."""
        verdict = self._store.payload_of(message.id)
        if verdict not in (None, commands.CODE_TYPED):
            return verdict
        try:
            right = self._escalation.verify_code(message.conversation_id, code, request_id)
        except EscalationUnavailable as why:
            log.warning("code not checked", reason=str(why))
            return commands.CODE_TROUBLE
        verdict = commands.LOGGED_IN if right else commands.CODE_REFUSED
        self._store.settle(message.id, verdict)
        return verdict


def _notice(text: str) -> dict[str, Any]:
    return {"id": "", "author": "bot", "text": text, "buttons": [], "degraded": True}
