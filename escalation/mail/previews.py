"""Every mail that leaves the house, with invented values: to read, and to open in a mail program."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from escalation.mail import rendering
from escalation.mail.marks import Marks
from escalation.mail.message import Letterhead, build
from escalation.mail.preview_values import NUMBER, values
from escalation.models import OutboxRow
from escalation.settings import Settings

WRITTEN = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)


def write_all(folder: Path, settings: Settings) -> int:
    """Three files for each mail; returns how many mails."""
    folder.mkdir(parents=True, exist_ok=True)
    letterhead = Letterhead(settings.mail_from, Marks("preview"))
    every = values(settings)
    for name in rendering.names():
        letter = rendering.write(name, **every[name])
        headers = {"ticket": NUMBER, "reply": "1"} if {"name", "number"} <= set(every[name]) else {}
        content = {"subject": letter.subject, "body": letter.body, "headers": headers}
        row = OutboxRow(
            key=f"preview-{name}", channel="mail", recipient="cliente@sudominio.com.ar", content=content, created_at=WRITTEN
        )
        (folder / f"{name}.txt").write_text(f"{letter.subject}\n\n{letter.body}\n", encoding="utf-8")
        (folder / f"{name}.html").write_text(rendering.html_of(letter.body), encoding="utf-8")
        (folder / f"{name}.eml").write_bytes(build(row, letterhead).as_bytes())
    return len(rendering.names())
