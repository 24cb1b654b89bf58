"""The one client of the escalation service. Its answers are data or one of two errors: unreachable, refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

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


# Longer than any name of a site.
SITE_READ = 300
NOT_LOGGED_IN = frozenset({401, 403})


@dataclass(frozen=True)
class Known:
    """What escalation knows of a conversation. ``customer``: None, or ``name``, ``domains``, ``mailboxes``; the drafts as JSON."""

    customer: dict[str, Any] | None
    draft: dict[str, Any] | None
    other_draft: dict[str, Any] | None


class Escalation:
    """Calls as the bot's service account; the customer is whoever is bound to the conversation over there."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.escalation_url
        self._headers = {"Authorization": f"Bearer {settings.service_token}"}
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout)

    def at(self, conversation_id: str, request_id: str) -> ConversationDesk:
        """The calls about one conversation, in one turn."""
        return ConversationDesk(self, f"/api/v1/conversations/{conversation_id}", request_id)

    async def open_ticket(self, key: str, report: dict[str, Any], request_id: str) -> dict[str, Any]:
        """Open a ticket once per ``key`` (sent as Idempotency-Key): number, link, promised, depends_on."""
        return await self.call("POST", "/api/v1/tickets", request_id, report, {"Idempotency-Key": key})

    async def call(
        self, method: str, path: str, request_id: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """One call; the answer's JSON, empty where there is none.

        Raises:
            EscalationUnreachable, EscalationRefused: see there.
        """
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
                return {} if response.status == 204 else await response.json()
        except (aiohttp.ClientError, TimeoutError) as failed:
            raise EscalationUnreachable(f"{method} {path}: {type(failed).__name__}") from failed


class ConversationDesk:
    """What the bot may ask and tell about one conversation."""

    def __init__(self, service: Escalation, path: str, request_id: str) -> None:
        self._service = service
        self._path = path
        self._request_id = request_id

    async def known(self) -> Known:
        """Who is it, and what did he leave half-written?"""
        found = await self._call("GET", "")
        return Known(found.get("customer"), found.get("draft"), found.get("other_draft"))

    async def save_draft(self, key: str, area: str, fields: dict[str, str], shown: list[str]) -> None:
        """Keep the half-filled report."""
        await self._call("PUT", "/draft", {"key": key, "area": area, "fields": fields, "shown_entries": shown})

    async def cancel_draft(self) -> None:
        """The customer gave it up."""
        await self._call("DELETE", "/draft")

    async def adopt_draft(self, source: str) -> dict[str, Any]:
        """Go on here with the report begun in the conversation ``source``."""
        return await self._call("POST", "/draft/adopt", {"from": source})

    async def send_code(self, address: str) -> None:
        """Mail a one-time code, if the address is registered; never says whether it is."""
        await self._call("POST", "/code", {"email": address})

    async def leave(self) -> None:
        """End the bond between conversation and customer."""
        await self._call("DELETE", "/customer")

    async def tickets(self) -> list[dict[str, Any]]:
        """The customer's open tickets, newest first."""
        return (await self._call("GET", "/tickets"))["tickets"]

    async def add_message(self, number: str, body: str, key: str) -> None:
        """Add to a ticket, once per ``key``."""
        await self._call("POST", f"/tickets/{number}/messages", {"body": body}, {"Idempotency-Key": key})

    async def change(self, number: str, verb: str) -> dict[str, Any]:
        """``solve`` or ``reopen`` a ticket."""
        return await self._call("POST", f"/tickets/{number}/{verb}")

    async def similar(self, site: str, description: str, vector: str | None) -> dict[str, Any] | None:
        """An open ticket of his that looks the same."""
        body = {"site": site, "description": description, **({"vector": vector} if vector else {})}
        return (await self._call("POST", "/similar", body))["ticket"]

    async def incidents(self, area: str | None, site: str | None) -> list[dict[str, Any]]:
        """Declared incidents that touch this trouble, or whoever is logged in."""
        known = {name: value[:SITE_READ] for name, value in (("area", area), ("site", site)) if value}
        return (await self._call("GET", f"/incidents?{urlencode(known)}" if known else "/incidents"))["incidents"]

    async def join_incident(self, incident_id: str) -> None:
        """Tell this conversation when it is over."""
        await self._call("POST", f"/incidents/{quote(incident_id, safe='')}/subscribe")

    async def record(self, kind: str, **detail: Any) -> None:
        """Note an outcome for later measures; losing one is no reason to fail a turn."""
        try:
            await self._call("POST", "/events", {"kind": kind, "detail": detail})
        except EscalationError:
            return

    async def _call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
        return await self._service.call(method, self._path + path, self._request_id, body, headers)
