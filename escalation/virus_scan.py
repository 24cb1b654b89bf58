"""Files and the virus scanner: where one is set, nothing is handed out that it has not passed. It fails closed: kept, and held."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation.chat_models import Attachment
from escalation.clamd import Scanner, ScannerAway, Unscannable, Verdict
from escalation.errors import FileDiscarded, FileHeld
from escalation.integration_models import FileScan
from escalation.mail.rendering import write
from escalation.models import Role, Staff
from escalation.outbox import enqueue_mail

log = structlog.get_logger()

GONE = Verdict(clean=False, finding="the file was gone")


def check(session: Session, path: str, required: bool) -> None:
    """Whether the stored file of ``path`` may be handed out; ``required``: only what was scanned.

    Raises:
        FileHeld: it was not scanned yet.
        FileDiscarded: it did not pass.
    """
    scan = session.get(FileScan, path)
    if scan is None and required:
        raise FileHeld("the virus scanner has not seen this file yet")
    if scan is not None and not scan.clean:
        raise FileDiscarded("this file did not pass the virus scanner")


def scan_next(engine: Engine, folder: Path, scanner: Scanner) -> bool:
    """Scan one file that was not yet; False where there is none, or the scanner is away. No transaction is open meanwhile."""
    with Session(engine) as session:
        unseen = select(Attachment.path).outerjoin(FileScan, FileScan.path == Attachment.path).where(FileScan.path.is_(None))
        path = session.scalar(unseen.order_by(Attachment.created_at).limit(1))
    if path is None:
        return False
    try:
        verdict = _verdict(folder / path, scanner)
    except ScannerAway as away:
        log.warning("the virus scanner is away; files are held", reason=str(away))
        return False
    with Session(engine) as session, session.begin():
        _note(session, path, verdict, datetime.now(UTC))
    if verdict.is_infected:
        (folder / path).unlink(missing_ok=True)
    return True


def _verdict(file: Path, scanner: Scanner) -> Verdict:
    try:
        with file.open("rb") as stream:
            return scanner.scan(stream)
    except FileNotFoundError:
        return GONE
    except Unscannable as why:
        return Verdict(clean=False, finding=str(why))


def _note(session: Session, path: str, verdict: Verdict, now: datetime) -> None:
    session.add(FileScan(path=path, clean=verdict.clean, finding=verdict.finding and verdict.finding[:200], at=now))
    if verdict.clean:
        return
    log.warning("a file did not pass the virus scanner", path=path, finding=verdict.finding)
    letter = write("file_infected", finding=verdict.finding or "", path=path)
    for member in session.scalars(select(Staff).where(Staff.active, Staff.role == Role.ADMIN)):
        key = f"virus-{uuid.uuid4()}"
        enqueue_mail(session, key, member.email, letter.subject, letter.body, now)
