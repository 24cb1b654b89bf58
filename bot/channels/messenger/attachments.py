"""Files of Messenger on the road that the widget's files go: fetched, kept, handed to escalation for the ticket."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import IO, Any, cast

import structlog

from bot.channels.escalation import FileRefused
from bot.channels.files import Files
from bot.channels.messenger.inbox import Inbox
from bot.channels.messenger.media import Media, NotFetched, download, media_of
from bot.channels.messenger.settings import MessengerSettings
from bot.channels.messenger.tables import Event

log = structlog.get_logger()

TRIES = 3
PAUSE_SECONDS = 1.0


class Attachments:
    """``sleep`` waits between two tries."""

    def __init__(
        self, inbox: Inbox, files: Files, settings: MessengerSettings, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._inbox = inbox
        self._files = files
        self._settings = settings
        self._sleep = sleep

    def fetch(self, event: Event, conversation_id: str) -> None:
        """Fetch the files of a message, if it has any and they are not here: Meta keeps them for a while only.

        The event tells then of each ``{"id", "name", "size"}``, or ``{"refused": reason}``.
        """
        found = media_of(event.content.get("message") or {})
        if event.files is None and found:
            event.files = [self._take(event, conversation_id, place, media) for place, media in enumerate(found, start=1)]
            self._inbox.fetched(event.id, event.files)

    def _take(self, event: Event, conversation_id: str, place: int, media: Media) -> dict[str, Any]:
        # The same on every try: a file must not arrive twice.
        file_id = str(uuid.uuid5(uuid.UUID(conversation_id), f"{event.key}:{place}"))
        try:
            name, content = self._downloaded(media, place)
        except NotFetched as failed:
            log.warning("attachment not fetched", row=event.id, reason=failed.reason)
            return {"refused": failed.reason, "kind": media.kind}
        with content:
            try:
                row = self._files.receive(conversation_id, file_id, name, cast(Any, content), file_id)
            except FileRefused as refused:
                return {"refused": refused.reason, "kind": media.kind}
        return {"id": row.id, "name": row.name, "size": row.size, "kind": media.kind}

    def _downloaded(self, media: Media, place: int) -> tuple[str, IO[bytes]]:
        for left in reversed(range(TRIES)):
            try:
                return download(media, place, self._settings)
            except NotFetched as failed:
                if failed.reason != "fetch" or not left:
                    raise
                self._sleep(PAUSE_SECONDS)
        raise AssertionError("unreachable")
