"""Rasa's input channel for the front door: a secret, metadata, and no swallowed errors.

Rasa's REST channel answers 200 with an empty list after an exception and asks nobody who he is.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request

SECRET_HEADER = "x-channel-secret"  # noqa: S105


class WholeMessages(CollectingOutputChannel):
    """Collects what the bot says; Rasa's own collector cuts a text into several messages at each empty line."""

    async def send_text_message(self, recipient_id: str, text: str, **_: Any) -> None:
        await self._persist_message(self._message(recipient_id, text=text))


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
            collected = WholeMessages()
            message = UserMessage(
                body["message"], collected, body["sender"], input_channel=self.name(), metadata=body.get("metadata")
            )
            await on_new_message(message)
            return response.json({"messages": collected.messages})

        return door
