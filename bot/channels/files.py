"""Customers' files: kept before they are acknowledged, handed to escalation at once or as soon as it answers."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import structlog

from bot.channels import words
from bot.channels.escalation import Escalation, EscalationUnavailable, FileRefused
from bot.channels.file_rows import FileRows
from bot.channels.forwarder import Forwarder
from bot.channels.tables import Attachment

log = structlog.get_logger()

# As many as escalation lets wait in a conversation (its contract), and a bound on all: while it is down anybody could fill the
# disk with conversations that he opens.
WAITING_MAX = 10
WAITING_MAX_BYTES = 2**30
TOO_MANY = 429
# A turn waits for the files that the customer sent before it, but not for ever: it holds its conversation meanwhile.
TURN_SECONDS = 4.0
ORPHAN_SECONDS = 3600


class Files:
    """The verbs. ``folder`` is made where it is missing, for this user's eyes alone; ``tell`` says something in a conversation."""

    def __init__(self, rows: FileRows, tell: Callable[[str, str], None], escalation: Escalation, folder: Path) -> None:
        self._rows = rows
        self._tell = tell
        self._escalation = escalation
        self._folder = folder
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._forwarder = Forwarder(self._tend)
        # What the process before this one left.
        self._forwarder.wake()

    def receive(self, conversation_id: str, file_id: str, name: str, content: BinaryIO, request_id: str) -> Attachment:
        """Take a file; it is safe when this returns, be escalation up or down. The same ``file_id`` again is the same file.

        Raises:
            FileRefused: escalation does not accept it, or too much waits for escalation already.
        """
        if len(self._rows.waiting(conversation_id)) >= WAITING_MAX or self._rows.bytes_waiting() >= WAITING_MAX_BYTES:
            raise FileRefused(TOO_MANY, "too many files wait to be stored; try again in some minutes", "pace")
        size = self._keep(file_id, content)
        row = self._rows.add(file_id, conversation_id, name, size)
        if row.forwarded_at is not None:
            self._discard(row)
            return row
        try:
            self._hand_over(row, request_id)
        except FileRefused:
            self._drop(row)
            raise
        except EscalationUnavailable as why:
            log.warning("file kept", file=row.id, reason=str(why))
            self._forwarder.wake()
        return row

    def forward(self, conversation_id: str | None = None, seconds: float = TURN_SECONDS) -> bool:
        """Hand over what waits, of one conversation or of all; starts none after ``seconds``. True: nothing waits here any more."""
        ends = time.monotonic() + seconds
        done = True
        for row in self._rows.waiting(conversation_id):
            # Another machine at the same database keeps its files in a folder of its own, and sends them.
            if not (self._folder / row.path).exists():
                continue
            if time.monotonic() > ends:
                return False
            try:
                done = self._hand_over(row, request_id=row.id) and done
            except EscalationUnavailable:
                return False
            except FileRefused as why:
                if why.status == TOO_MANY:
                    return False
                # He was told that it arrived: now he has to hear that it did not.
                self._drop(row)
                self._tell(row.conversation_id, words.file_dropped(row.name, why.reason))
        return done

    def _tend(self) -> bool:
        done = self.forward(seconds=float("inf"))
        waiting = {row.path for row in self._rows.waiting()}
        for path in self._folder.iterdir():
            # Left by a process that died between the file and its row: acknowledged to nobody.
            if path.name not in waiting and path.stat().st_mtime < time.time() - ORPHAN_SECONDS:
                path.unlink(missing_ok=True)
        return done

    def _keep(self, file_id: str, content: BinaryIO) -> int:
        partial = self._folder / f"{uuid.uuid4()}.part"
        with partial.open("xb") as kept:
            shutil.copyfileobj(content, kept)
            kept.flush()
            os.fsync(kept.fileno())
        size = partial.stat().st_size
        partial.replace(self._folder / file_id)
        return size

    def _hand_over(self, row: Attachment, request_id: str) -> bool:
        if not self._rows.claim(row.id):
            return False
        forwarded = False
        try:
            with (self._folder / row.path).open("rb") as content:
                self._escalation.add_file(row, content, request_id)
            forwarded = True
        finally:
            self._rows.release(row.id, forwarded)
        self._discard(row)
        return True

    def _drop(self, row: Attachment) -> None:
        self._rows.drop(row.id)
        self._discard(row)

    def _discard(self, row: Attachment) -> None:
        (self._folder / row.path).unlink(missing_ok=True)
