"""One event of a customer as a turn of his conversation: what the bot hears, what is said to it, stored once each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bot.channels import commands
from bot.channels.buttons import Buttons
from bot.channels.conversations import Conversations
from bot.channels.escalation import Escalation
from bot.channels.messenger import choices, standing, words
from bot.channels.messenger.sealing import Seal
from bot.channels.messenger.speech import Speech, speech_of, wants_bot
from bot.channels.messenger.tables import Event
from bot.channels.store import Store
from bot.channels.tables import Message
from bot.channels.widget import TEXT_MAX, IncomingMessage, InvalidMessage, file_line, parse
from bot.channels.words import file_refused
from bot.faq.live import published
from wire.redaction import Kind

Reply = dict[str, Any]


class Turns:
    """``silent``: a person of the company has the conversation; then all is stored and nothing said."""

    def __init__(self, conversations: Conversations, store: Store, escalation: Escalation, buttons: Buttons, seal: Seal) -> None:
        self._conversations = conversations
        self._store = store
        self._escalation = escalation
        self._buttons = buttons
        self._seal = seal

    def calls_the_bot(self, event: Event) -> bool:
        """Whether he asks for the bot while a person has the conversation: by words, or by the Page's menu."""
        if event.kind not in ("message", "postback"):
            return False
        speech = speech_of(event.kind, event.content)
        return wants_bot(speech.text) or standing.command(speech.payload or "") is not None

    def take(self, event: Event, conversation_id: str, silent: bool) -> list[Reply]:
        """The replies to ``event`` as they are stored; the same on every call. The caller has the conversation to himself.

        Raises:
            RasaUnavailable: nothing was stored as the answer.
            EscalationUnavailable: his account could not be linked or unlinked now.
        """
        if event.kind == "account_linking":
            return self._linking(event, conversation_id, silent)
        if event.kind == "referral":
            return self._referred(event, conversation_id, silent)
        speech = speech_of(event.kind, event.content)
        replies = self._files(event, conversation_id, silent) if speech.files else []
        if speech.answer:
            return self._own_answer(event, conversation_id, speech, silent)
        if speech.payload is None and not speech.text.strip() and not self._sealed(event):
            return replies
        if len(speech.text) > TEXT_MAX and not silent:
            replies = [*replies, {"text": words.CUT.format(most=TEXT_MAX)}]
        return [*replies, *self._say(conversation_id, self._heard(event, conversation_id, speech), event.id, silent)]

    def _heard(self, event: Event, conversation_id: str, speech: Speech) -> IncomingMessage:
        if speech.payload is not None:
            return self._pressed(event, conversation_id, speech.payload, speech.title)
        text = self._sealed(event) or speech.text
        if wants_bot(text):
            return IncomingMessage(event.key, shown=text, to_rasa=commands.GREETING, is_command=True)
        payload = choices.pressed(text, self._store.last_replies(conversation_id))
        if payload is not None:
            return replace(self._pressed(event, conversation_id, payload, text), shown=text)
        incoming = self._typed(event, conversation_id, text)
        if speech.shown:
            return replace(incoming, shown=speech.shown)
        # The door hid them before anybody else could read the text.
        kinds = incoming.hidden or tuple(Kind(kind) for kind in event.hidden)
        return replace(incoming, hidden=kinds, metadata={"hidden": [kind.value for kind in kinds]}) if kinds else incoming

    def _typed(self, event: Event, conversation_id: str, text: str) -> IncomingMessage:
        body = {"id": event.key, "text": text[:TEXT_MAX]}
        return parse(body, conversation_id, self._buttons, partial(self._store.expects_code, conversation_id))

    def _pressed(self, event: Event, conversation_id: str, payload: str, title: str) -> IncomingMessage:
        command = standing.command(payload)
        if command is not None:
            return IncomingMessage(event.key, shown=title, to_rasa=command, is_command=True)
        try:
            return parse({"id": event.key, "payload": payload}, conversation_id, self._buttons)
        except InvalidMessage:
            # Of a conversation that is over, or not ours: no payload is obeyed (RasaHQ/rasa#5075), its title is what he said.
            return self._typed(event, conversation_id, title.strip() or "?")

    def _say(self, conversation_id: str, incoming: IncomingMessage, event_id: int, silent: bool) -> list[Reply]:
        message = self._conversations.accept(conversation_id, incoming)
        if silent:
            return self._stored(message, [])
        replies = self._conversations.answered(message, incoming, f"messenger-{event_id}")
        return [{"text": reply.text, **reply.extras} for reply in replies]

    def _own_answer(self, event: Event, conversation_id: str, speech: Speech, silent: bool) -> list[Reply]:
        incoming = IncomingMessage(event.key, shown=speech.shown, to_rasa="", is_command=True)
        message = self._conversations.accept(conversation_id, incoming)
        return self._stored(message, [] if silent else [{"text": speech.answer, "buttons": []}])

    def give_up(self, event: Event, conversation_id: str) -> list[Reply]:
        """The bot failed on it again and again: say so, and let the next one come."""
        message = self._store.find(conversation_id, event.key)
        if message is None:
            incoming = IncomingMessage(event.key, shown=words.UNSUPPORTED_SHOWN, to_rasa="", is_command=True)
            message = self._conversations.accept(conversation_id, incoming)
        return self._stored(message, [{"text": words.NOT_UNDERSTOOD, "buttons": []}])

    def _stored(self, message: Message, replies: list[Reply]) -> list[Reply]:
        if self._store.replies_to(message.id) is None:
            self._store.answer(message, replies)
        return replies

    def _files(self, event: Event, conversation_id: str, silent: bool) -> list[Reply]:
        files = event.files or []
        taken = [file for file in files if "id" in file]
        replies: list[Reply] = []
        for place, file in enumerate(taken):
            told = {name: file[name] for name in ("id", "name", "size")}
            line_id = hashlib.sha256(f"{event.key}:{place}".encode()).hexdigest()
            replies = self._say(conversation_id, file_line(line_id, told), event.id, silent)
        if silent:
            return []
        before = [file_refused(reason) if reason != "fetch" else words.NOT_FETCHED for reason in _reasons(files)]
        if len(taken) > 1:
            # The bot names each file in a turn of its own; of several the customer hears once.
            before.insert(0, words.files_received([file["name"] for file in taken]))
        if any(file["kind"] == "audio" for file in taken):
            before.append(words.AUDIO)
        return [*({"text": text} for text in before), *replies]

    def _referred(self, event: Event, conversation_id: str, silent: bool) -> list[Reply]:
        reference = event.content["referral"].get("ref")
        known = isinstance(reference, str) and reference in published().current()
        command = standing.topic(reference) if known else None
        if command is None:
            return []
        return self._say(conversation_id, IncomingMessage(event.key, "", command, is_command=True), event.id, silent)

    def _linking(self, event: Event, conversation_id: str, silent: bool) -> list[Reply]:
        told, request_id = event.content["account_linking"], f"messenger-{event.id}"
        if told.get("status") != "linked":
            self._escalation.leave(conversation_id, request_id)
            incoming = IncomingMessage(event.key, words.UNLINKED_SHOWN, "/log_out", is_command=True)
            return self._say(conversation_id, incoming, event.id, silent)
        if not self._escalation.link(conversation_id, str(told.get("authorization_code", "")), request_id):
            return [{"text": words.LINK_FAILED}]
        incoming = IncomingMessage(event.key, words.LINKED_SHOWN, commands.LOGGED_IN, is_command=True)
        return self._say(conversation_id, incoming, event.id, silent)

    def _sealed(self, event: Event) -> str | None:
        return self._seal.open(event.sealed) if event.sealed else None


def _reasons(files: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(file["refused"] for file in files if "refused" in file))
