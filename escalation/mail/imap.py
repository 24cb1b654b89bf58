"""An IMAP mailbox as a source: from the last UID on, by IDLE where it is offered, and on again by itself after any failure.

Never "the last ten" or "since yesterday": what came while we were away is older than both.
"""

from __future__ import annotations

import imaplib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailboxFolderCreateError, MailBoxStartTls, MailBoxUnencrypted
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation.mail import intake, tls, watch
from escalation.mail.intake import Origin, State
from escalation.mail.parsing import SIZE_MAX
from escalation.mail_models import InboundMail

log = structlog.get_logger()

SOCKET_SECONDS = 60.0
# RFC 2177: at most 29 minutes; shorter, so that a connection that died in silence is noticed before the alarm.
IDLE_SECONDS = 120.0
POLL_SECONDS = 20.0
WAKE_SECONDS = 1.0
BACKOFF_SECONDS = (1, 2, 5, 15, 30, 60, 120, 300)
FILED_AT_ONCE = 100
# What is filed where once it is done with; the mailbox then holds only what still has to be read.
FOLDERS = {
    State.PROCESSED: "Done",
    State.IGNORED: "Done",
    State.QUARANTINED: "Quarantine",
    State.REFUSED: "Quarantine",
    State.FAILED: "Failed",
}


@dataclass(frozen=True)
class Account:
    """A mailbox by URL: ``imaps://user:password@host[:993]/INBOX``, ``imap://…?starttls=1``, or ``imap://`` on loopback."""

    secure: str
    host: str
    port: int
    user: str
    password: str
    folder: str
    tls_context: ssl.SSLContext | None = None

    @property
    def name(self) -> str:
        """For rows and logs, without the password."""
        return f"{self.user}@{self.host}/{self.folder}"

    @classmethod
    def parse(cls, url: str, ca_file: str = "") -> Account:
        """``ca_file``: see :func:`escalation.mail.tls.context`.

        Raises:
            ValueError: says how it is written.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ValueError("IMAP_URL: imaps://user:password@host[:port]/INBOX, with ?starttls=1 for imap://")
        secure = "tls" if parts.scheme == "imaps" else "starttls" if "starttls=1" in parts.query else "none"
        if secure == "none" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("IMAP_URL: a password must not travel in the clear; use imaps:// or ?starttls=1")
        return cls(
            secure=secure,
            host=parts.hostname,
            port=parts.port or (993 if secure == "tls" else 143),
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            tls_context=None if secure == "none" else tls.context(ca_file),
        )

    def connect(self) -> BaseMailBox:
        """Logged in, the folder selected."""
        if self.secure == "none":
            box: Any = MailBoxUnencrypted(self.host, self.port, timeout=SOCKET_SECONDS)
        else:
            kind: Callable[..., Any] = MailBox if self.secure == "tls" else MailBoxStartTls
            box = kind(self.host, self.port, timeout=SOCKET_SECONDS, ssl_context=self.tls_context)
        return (
            box.login_utf8(self.user, self.password, self.folder)
            if not self.user.isascii()
            else box.login(self.user, self.password, self.folder)
        )


class Mailbox:
    """Fetches one account into the house."""

    def __init__(self, account: Account, engine: Engine, raw_folder: Path, fetched: Callable[[], None]) -> None:
        self.account = account
        self._engine = engine
        self._raw_folder = raw_folder
        self._fetched = fetched
        self._files = True

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set; every failure is a longer pause and another try."""
        failures = 0
        while not stop.is_set():
            try:
                with self.account.connect() as box:
                    while not stop.is_set():
                        self.fetch(box)
                        failures = 0
                        self._wait(box, stop)
            except (OSError, imaplib.IMAP4.error, ImapToolsError) as failed:
                self._note(failed)
            except Exception as failed:
                # A fault of the database, say: the mails stay on the server, and the next round takes them.
                log.exception("mailbox round failed", mailbox=self.account.name)
                self._note(failed)
            stop.wait(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1

    def fetch(self, box: BaseMailBox) -> int:
        """Store all that is new and file away what is done with; returns how many were new to us."""
        box.client.response("EXISTS")  # what was announced until now, the search below will find
        status = box.folder.status(self.account.folder, ("UIDVALIDITY", "UIDNEXT"))
        validity, taken = status["UIDVALIDITY"], 0
        for uid in self._new_uids(box, validity):
            taken += self._take(box, uid, validity)
            with Session(self._engine) as session, session.begin():
                watch.cursor_of(session, self.account.name, datetime.now(UTC)).last_uid = uid
        with Session(self._engine) as session, session.begin():
            watch.fetched(session, self.account.name, datetime.now(UTC))
        if taken:
            self._fetched()
        if self._files:
            self._tidy(box, validity)
        return taken

    def _new_uids(self, box: BaseMailBox, validity: int) -> list[int]:
        with Session(self._engine) as session, session.begin():
            cursor = watch.cursor_of(session, self.account.name, datetime.now(UTC))
            if cursor.uid_validity != validity:
                # RFC 9051 2.3.1.1: its UIDs are other mails' now. From the beginning; what we have is recognised.
                cursor.uid_validity, cursor.last_uid = validity, 0
            last = cursor.last_uid
        # "n:*" names the last mail too where it is older than n.
        found = box.client.uid("SEARCH", f"UID {last + 1}:*")
        words = (found[1][0] or b"").split() if found[0] == "OK" else []
        return sorted(uid for uid in map(int, words) if uid > last)

    def _take(self, box: BaseMailBox, uid: int, validity: int) -> bool:
        size = _number(box.client.uid("FETCH", str(uid), "(RFC822.SIZE)"), b"RFC822.SIZE")
        # A mail that is too large for any rule is shown by its headers; it stays whole in the mailbox's folder "Failed".
        part = "BODY.PEEK[]" if size <= SIZE_MAX else "BODY.PEEK[HEADER]"
        raw = _content(box.client.uid("FETCH", str(uid), f"({part})"))
        if raw is None:
            return False  # deleted in the meantime, by a person or a rule of the server
        origin = Origin(self.account.name, uid, validity)
        too_large = "" if size <= SIZE_MAX else "too_large"
        return intake.receive(self._engine, self._raw_folder, raw, origin, datetime.now(UTC), too_large)

    def _tidy(self, box: BaseMailBox, validity: int) -> None:
        try:
            self._file(box, validity)
        except imaplib.IMAP4.abort:
            raise  # the connection is gone
        except (imaplib.IMAP4.error, ImapToolsError) as refused:
            # A mailbox without room or right for folders is read all the same: the cursor alone says what is new.
            log.warning("mails are not filed away", mailbox=self.account.name, reason=type(refused).__name__)
            self._files = False

    def _file(self, box: BaseMailBox, validity: int) -> None:
        done = (InboundMail.mailbox == self.account.name) & (InboundMail.uid_validity == validity) & InboundMail.filed.is_(False)
        with Session(self._engine) as session:
            query = select(InboundMail.id, InboundMail.uid, InboundMail.state).where(done, InboundMail.state != State.RECEIVED)
            rows = session.execute(query.limit(FILED_AT_ONCE)).all()
        for state in {row.state for row in rows}:
            mine = [row for row in rows if row.state == state]
            box.move([str(row.uid) for row in mine], _folder(box, FOLDERS[State(state)]))
            with Session(self._engine) as session, session.begin():
                for row in mine:
                    session.get_one(InboundMail, row.id).filed = True

    def _wait(self, box: BaseMailBox, stop: threading.Event) -> None:
        if box.client.response("EXISTS")[1] != [None]:
            # It came while we were filing, and was announced then: IDLE would not speak of it again.
            return
        if "IDLE" not in box.client.capabilities:
            stop.wait(POLL_SECONDS)
            return
        box.idle.start()
        try:
            for _ in range(int(IDLE_SECONDS / WAKE_SECONDS)):
                if stop.is_set() or _is_buffered(box) or self._has_news(box.idle.poll(WAKE_SECONDS)):
                    return
        finally:
            box.idle.stop()

    def _has_news(self, said: list[bytes]) -> bool:
        if any(line.startswith(b"* BYE") for line in said):
            raise ConnectionResetError("the server said good-bye")
        return any(b"EXISTS" in line or b"RECENT" in line for line in said) or (self._files and self._has_done())

    def _has_done(self) -> bool:
        """Whether something that was processed in the meantime has to be filed away."""
        done = (InboundMail.mailbox == self.account.name) & InboundMail.filed.is_(False) & (InboundMail.state != State.RECEIVED)
        with Session(self._engine) as session:
            return session.scalar(select(InboundMail.id).where(done).limit(1)) is not None

    def _note(self, failed: Exception) -> None:
        # The text of an error may hold what the server was told, the password with it.
        log.warning("mailbox not read", mailbox=self.account.name, reason=type(failed).__name__)
        try:
            with Session(self._engine) as session, session.begin():
                watch.failed(session, self.account.name, type(failed).__name__, datetime.now(UTC))
        except Exception:
            log.exception("mailbox state not noted", mailbox=self.account.name)


def _is_buffered(box: BaseMailBox) -> bool:
    """Whether the server said something that was read together with its last line: the socket itself would never tell of it."""
    timeout = box.client.sock.gettimeout()
    box.client.sock.settimeout(0)
    try:
        return bool(box.client.file.peek(1))
    except OSError:
        return False  # nothing there, as TLS says it
    finally:
        box.client.sock.settimeout(timeout)


def _folder(box: BaseMailBox, name: str) -> str:
    """Its full name, made where it is missing: many servers (cPanel's Dovecot) keep every folder below INBOX (RFC 2342)."""
    delimiter = next((item.delim for item in box.folder.list() if item.delim), ".")
    candidates = (name, f"INBOX{delimiter}{name}")
    for candidate in candidates:
        if box.folder.exists(candidate):
            return candidate
    try:
        box.folder.create(candidates[0])
        return candidates[0]
    except MailboxFolderCreateError:
        box.folder.create(candidates[1])
        return candidates[1]


def _content(answer: tuple[str, list[Any]]) -> bytes | None:
    return next((bytes(part[1]) for part in answer[1] or [] if isinstance(part, tuple)), None)


def _number(answer: tuple[str, list[Any]], name: bytes) -> int:
    words = b" ".join(part if isinstance(part, bytes) else part[0] for part in answer[1] or [] if part).replace(b")", b" ").split()
    return int(words[words.index(name) + 1]) if name in words else 0
