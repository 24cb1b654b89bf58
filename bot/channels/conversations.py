"""A turn from the door's side: stored, in order, talked over with Rasa, answered; the same message again changes nothing."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import structlog

from bot.channels.buttons import Buttons
from bot.channels.rasa import Rasa, RasaUnavailable
from bot.channels.settings import Settings
from bot.channels.store import ConversationBusy, Message, Store
from bot.channels.widget import IncomingMessage, render

log = structlog.get_logger()

# The bot's own words live in its domain; these are for the moments in which there is no bot to say them.
NO_BOT = (
    "En este momento el asistente no está disponible (puede estar iniciando). Su mensaje quedó guardado: vuelva a intentarlo "
    "en un minuto. Mientras tanto puede buscar en la [Mesa de Ayuda]({help_url}). Si no puede comunicarse por aquí ni por "
    "correo: [Facebook](https://www.facebook.com/CSIserver) o [Twitter](https://twitter.com/CSIserver)."
)
BUSY = "Todavía estoy respondiendo su mensaje anterior. Espere un momento y vuelva a enviarlo."


# Somebody who types faster than the bot answers has two or three on their way.
WAITING_MAX = 4


class Conversations:
    """The front door's verbs."""

    def __init__(self, store: Store, rasa: Rasa, buttons: Buttons, settings: Settings) -> None:
        self._store = store
        self._rasa = rasa
        self._buttons = buttons
        self._patience = settings.rasa_timeout
        self._waiting: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._login_url = f"{settings.escalation_public_url}/api/v1/conversation-login"
        self._help_url = f"{settings.front_public_url}/ayuda/"

    def take(self, conversation_id: str, incoming: IncomingMessage, request_id: str) -> list[dict[str, Any]]:
        """Store ``incoming`` and return the replies; a repeated id gets those of the first time.

        Where the bot is down the one reply says so (``"degraded": true``), is not stored as the answer, and the same id
        may be sent again.
        """
        payload = incoming.to_rasa if incoming.is_button else None
        message = self._store.accept(conversation_id, incoming.id, incoming.shown, payload)
        earlier = self._store.replies_to(message.id)
        if earlier is None:
            try:
                self._wait_for_turn(conversation_id)
            except ConversationBusy:
                return [_notice(BUSY)]
            try:
                # The first copy of a doubled message may have been answered while this one waited.
                earlier = self._store.replies_to(message.id)
                if earlier is None:
                    earlier = self._answer(message, incoming, request_id)
            except RasaUnavailable as why:
                log.warning("rasa unavailable", reason=str(why))
                return [_notice(NO_BOT.format(help_url=self._help_url))]
            finally:
                self._store.release(conversation_id)
        return [reply.as_dict() for reply in earlier]

    def _wait_for_turn(self, conversation_id: str) -> None:
        # A waiting message holds a thread: one conversation may not take them all.
        with self._counting:
            if self._waiting[conversation_id] >= WAITING_MAX:
                raise ConversationBusy(conversation_id)
            self._waiting[conversation_id] += 1
        try:
            self._store.claim(conversation_id, self._patience)
        finally:
            with self._counting:
                self._waiting[conversation_id] -= 1
                if not self._waiting[conversation_id]:
                    del self._waiting[conversation_id]

    def _answer(self, message: Message, incoming: IncomingMessage, request_id: str) -> list[Message]:
        metadata = {"request_id": request_id, "message_id": message.id, "shown_as": incoming.shown}
        said = self._rasa.turn(message.conversation_id, incoming.to_rasa, metadata)
        return self._store.answer(message, render(said, message.conversation_id, self._buttons, self._login_url))


def _notice(text: str) -> dict[str, Any]:
    return {"id": "", "author": "bot", "text": text, "buttons": [], "degraded": True}
