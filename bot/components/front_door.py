"""Rasa's input channel for the front door: a secret, metadata, and no swallowed errors.

Rasa's REST channel answers 200 with an empty list after an exception and asks nobody who he is.
"""

from __future__ import annotations

import asyncio
import hmac
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request

# A retry comes within a minute or so.
TURNS_KEPT = 500
SECRET_HEADER = "x-channel-secret"  # noqa: S105


class WholeMessages(CollectingOutputChannel):
    """Collects what the bot says; Rasa's own collector cuts a text into several messages at each empty line."""

    async def send_text_message(self, recipient_id: str, text: str, **_: Any) -> None:
        await self._persist_message(self._message(recipient_id, text=text))


class Turns:
    """The turns of late. One that is asked for again is not taken twice: whoever asked may have died, or lost patience."""

    def __init__(self) -> None:
        self._tasks: OrderedDict[tuple[str, ...], asyncio.Task[list[dict[str, Any]]]] = OrderedDict()

    async def once(
        self, key: tuple[str, ...], turn: Callable[[], Coroutine[Any, Any, list[dict[str, Any]]]]
    ) -> list[dict[str, Any]]:
        """What ``turn`` says; under the same ``key`` what it said the first time.

        A turn that failed may be tried again, and so may one that said nothing: the action server was away.
        """
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.ensure_future(turn())
            task.add_done_callback(lambda done: self._forget(key, done))
            while len(self._tasks) > TURNS_KEPT:
                self._tasks.popitem(last=False)
        # The server cancels a request whose caller is gone; half a turn would be worse than one that nobody hears.
        return await asyncio.shield(task)

    def _forget(self, key: tuple[str, ...], done: asyncio.Task[list[dict[str, Any]]]) -> None:
        if done.cancelled() or done.exception() is not None or not done.result():
            self._tasks.pop(key, None)


class FrontDoorInput(InputChannel):
    """``POST /webhooks/front/webhook`` ``{"sender", "message", "metadata"}`` → ``{"messages": […]}``."""

    @classmethod
    def name(cls) -> str:
        return "front"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> FrontDoorInput:
        secret = (credentials or {}).get("secret")
        if not secret:
            raise ValueError("credentials.yml: the front door needs a secret (RASA_CHANNEL_SECRET)")
        return cls(secret)

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._turns = Turns()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The two routes: liveness and the turn."""
        door = Blueprint("front_door")

        @door.route("/", methods=["GET"])
        async def health(_: Request) -> response.HTTPResponse:
            return response.json({"status": "ok"})

        @door.route("/webhook", methods=["POST"])
        async def turn(request: Request) -> response.HTTPResponse:
            given = request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(), self._secret.encode()):
                return response.json({"error": "unauthorized"}, status=401)
            body = request.json or {}
            metadata = body.get("metadata") or {}
            message_id = metadata.get("message_id")
            # A code that could not be checked becomes another command when it is sent again: the text belongs to the key.
            key = (body["sender"], str(message_id or uuid.uuid4()), body["message"])
            messages = await self._turns.once(key, lambda: self._turn(on_new_message, body))
            return response.json({"messages": messages})

        return door

    async def _turn(self, on_new_message: Callable[[UserMessage], Awaitable[Any]], body: dict[str, Any]) -> list[dict[str, Any]]:
        collected = WholeMessages()
        message = UserMessage(body["message"], collected, body["sender"], input_channel=self.name(), metadata=body.get("metadata"))
        await on_new_message(message)
        return collected.messages
