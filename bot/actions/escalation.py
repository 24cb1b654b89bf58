"""The one client of the escalation service. Its answers are data or one of two errors: unreachable, refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.actions.settings import Settings


class EscalationError(Exception):
    """Base of what can go wrong with a call."""


class EscalationUnreachable(EscalationError):
    """No answer, or a fault of the server: trying again later may help."""


class EscalationRefused(EscalationError):
    """The service said no (4xx): trying again as it is will not help. ``status`` is the HTTP status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status


@dataclass(frozen=True)
class OpenedTicket:
    """What the customer is told: the number and where to follow it."""

    number: str
    link: str


class Escalation:
    """Calls as the bot's service account; the customer is whoever is bound to the conversation over there."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.escalation_url
        self._headers = {"Authorization": f"Bearer {settings.service_token}"}
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout)

    async def customer_name(self, conversation_id: str, request_id: str) -> str | None:
        """Name of the customer who logged in to the conversation, or None."""
        found = await self._call("GET", f"/api/v1/conversations/{conversation_id}", request_id)
        customer = found.get("customer")
        return customer["name"] if customer else None

    async def open_ticket(self, key: str, report: dict[str, Any], request_id: str) -> OpenedTicket:
        """Open a ticket once per ``key`` (sent as Idempotency-Key)."""
        made = await self._call("POST", "/api/v1/tickets", request_id, body=report, headers={"Idempotency-Key": key})
        return OpenedTicket(number=made["number"], link=made["link"])

    async def _call(
        self,
        method: str,
        path: str,
        request_id: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        sent = {**self._headers, "X-Request-Id": request_id, **(headers or {})}
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.request(method, self._base + path, json=body, headers=sent) as response,
            ):
                if response.status >= 500:
                    raise EscalationUnreachable(f"{method} {path}: {response.status}")
                if response.status >= 400:
                    raise EscalationRefused(response.status, await response.text())
                return await response.json()
        except (aiohttp.ClientError, TimeoutError) as failed:
            raise EscalationUnreachable(f"{method} {path}: {type(failed).__name__}") from failed
