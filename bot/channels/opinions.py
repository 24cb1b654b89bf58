"""«¿Le sirvió?»: kept once a page that was shown, counted by entry."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import Engine, case, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.help_tables import Opinion
from bot.faq.corpus import Entry
from wire.database import for_reading
from wire.redaction import redact

COMMENT_MAX = 1000
# A page left open over a weekend may still be answered; an older one is shown anew.
PAGE_SECONDS = 3 * 24 * 3600
_PURPOSE = "help opinion"


class Pages:
    """The key that each shown page brings along, signed for its entry: no vote without a page of ours."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt=_PURPOSE)

    def issue(self, entry_id: str) -> str:
        """For a page that is about to be shown."""
        return str(self._serializer.dumps([entry_id, str(uuid.uuid4())]))

    def read(self, entry_id: str, token: str) -> str | None:
        """The key; None where the token is not ours, another entry's or too old."""
        try:
            issued_for, key = self._serializer.loads(token, max_age=PAGE_SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(key) if issued_for == entry_id else None


@dataclass(frozen=True)
class Count:
    """Of one entry's current life; ``comments`` the newest first."""

    entry_id: str
    yes: int
    no: int
    comments: tuple[str, ...]


class Opinions:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = for_reading(engine)

    def keep(self, entry: Entry, key: str, helped: bool, comment: str) -> None:
        """Write it down; the same ``key`` again changes what it said, and an empty comment takes none back."""
        row = Opinion(key=key, entry_id=entry.id, entry_updated=entry.updated, helped=helped, comment=_safe(comment))
        row.created_at = datetime.now(UTC)
        with Session(self._engine) as session:
            session.add(row)
            try:
                session.commit()
                return
            except IntegrityError:
                session.rollback()
            known = session.scalars(select(Opinion).where(Opinion.key == key)).one()
            known.helped, known.comment = helped, _safe(comment) or known.comment
            session.commit()

    def counts(self, since: datetime, comments: int = 3) -> list[Count]:
        """By entry, those with most "no" first."""
        no = func.sum(case((Opinion.helped, 0), else_=1))
        query = select(Opinion.entry_id, func.count(), no).where(Opinion.created_at >= since).group_by(Opinion.entry_id)
        with Session(self._reader) as session:
            rows = session.execute(query.order_by(no.desc(), Opinion.entry_id)).all()
            return [Count(name, total - bad, bad, self._comments(session, name, since, comments)) for name, total, bad in rows]

    def _comments(self, session: Session, entry_id: str, since: datetime, limit: int) -> tuple[str, ...]:
        his = select(Opinion.comment).where(Opinion.entry_id == entry_id, Opinion.created_at >= since, Opinion.comment != "")
        return tuple(session.scalars(his.order_by(Opinion.id.desc()).limit(limit)))


def _safe(comment: str) -> str:
    # NUL breaks PostgreSQL, half a surrogate pair breaks UTF-8; a password typed here must not lie in a table.
    clean = comment.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").replace("\r\n", "\n").strip()
    return redact(clean).text[:COMMENT_MAX]
