"""From a stored mail to what becomes of it: read, prove, decide, prepare outside of any transaction, then all in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import partial
from pathlib import Path

import structlog
from dkim.dnsplug import get_txt
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation.mail import bounces, deciding, files, folder_source, intake, notes, quoting, raw_store, taking, trust, understanding
from escalation.mail.deciding import Action, House, Plan
from escalation.mail.files import Taken
from escalation.mail.intake import State
from escalation.mail.marks import Marks
from escalation.mail.notes import Links
from escalation.mail.parsing import Mail, Unparseable, parse
from escalation.mail.taking import Desk, Prepared
from escalation.mail.texts import clean
from escalation.mail.trust import Verdict
from escalation.mail.understanding import Understand
from escalation.mail_models import InboundMail
from escalation.settings import Settings
from wire.database import for_reading
from wire.redaction import redact

log = structlog.get_logger()

QUESTION_MAX = 1000
WITH_FILES = frozenset({Action.OPEN, Action.REPLY})


@dataclass(frozen=True)
class Room:
    """What processing needs of the house; tests put their own ``dns`` and ``understand`` in."""

    engine: Engine
    raw_folder: Path
    files_folder: Path
    authserv_id: str
    house: House
    links: Links
    desk: Desk
    understand: Understand
    dns: trust.Dns = get_txt

    def authserv_of(self, row: InboundMail) -> str:
        """Whose word on the sender counts."""
        return folder_source.AUTHSERV_ID if row.mailbox == folder_source.MAILBOX else self.authserv_id

    @classmethod
    def of(cls, settings: Settings, engine: Engine) -> Room:
        """As the settings say."""
        own = parseaddr(settings.mail_from)[1].lower()
        return cls(
            engine=engine,
            raw_folder=settings.mail_raw_folder,
            files_folder=settings.files_folder,
            authserv_id=settings.mail_authserv_id,
            house=House(Marks(settings.session_secret), frozenset({own, *settings.mail_addresses})),
            links=Links(settings.session_secret, settings.public_url, settings.front_public_url),
            desk=Desk(settings.area_url, settings.business_hours),
            understand=understanding.at(settings.front_url, settings.service_token),
        )


def process_next(room: Room) -> bool:
    """Process one mail; False where none is due."""
    with Session(room.engine, expire_on_commit=False) as session, session.begin():
        row = intake.claim(session, datetime.now(UTC))
        if row is not None and row.attempts > len(intake.RETRY_MINUTES) + 1:
            # It has ended that many processes: tried once more it would end this one.
            intake.settle(row, State.FAILED, "killed", datetime.now(UTC))
            return True
    if row is None:
        return False
    try:
        _process(room, row)
    except Unparseable as broken:
        why = broken.reason
        _update(room, row, lambda mine, _: intake.settle(mine, State.FAILED, why, datetime.now(UTC)))
    except Exception as failed:
        log.exception("mail not processed", mail=row.id, attempt=row.attempts)
        reason = type(failed).__name__
        _update(room, row, lambda mine, _: intake.give_back(mine, reason, datetime.now(UTC)))
    return True


def _process(room: Room, row: InboundMail) -> None:
    raw = raw_store.read(room.raw_folder, row.raw_path)
    mail = parse(raw)
    verdict = Verdict("released", row.released_by) if row.released_by else trust.judge(mail, raw, room.authserv_of(row), room.dns)
    with Session(for_reading(room.engine)) as session:
        plan = deciding.decide(session, row, mail, verdict, room.house, datetime.now(UTC))
    ready = _prepared(room, mail, plan)
    # Only while nothing is committed: after a commit of unknown end a file too many is better than one that is missing.
    discard = partial(files.discard, room.files_folder, ready.taken)
    kept = False

    def act(mine: InboundMail, session: Session) -> None:
        nonlocal kept
        now = datetime.now(UTC)
        mine.verdict, mine.verdict_detail, mine.full_text = verdict.method, clean(verdict.detail)[:300], redact(mail.body.text).text
        # Once more, now with the row in hand: since then staff may have merged the ticket, or he may have been blocked.
        final = deciding.decide(session, mine, mail, verdict, room.house, now)
        try:
            _ACT[final.action](_Case(room, session, mine, final, ready, now))
            session.flush()
        except BaseException:
            discard()
            raise
        kept = final.action in WITH_FILES
        mine.customer_id = final.customer.id if final.customer is not None else mine.customer_id
        log.info("mail processed", mail=mine.id, state=mine.state, reason=mine.reason, verdict=verdict.method)

    _update(room, row, act)
    if not kept:
        discard()


def _prepared(room: Room, mail: Mail, plan: Plan) -> Prepared:
    is_reply = bool(mail.references) or mail.subject.lower().lstrip().startswith("re:")
    words = quoting.split(mail.body.text, mail.subject, is_reply)
    if plan.action not in WITH_FILES:
        return Prepared(mail, words, Taken())
    taken = files.take(room.files_folder, [*taking.whole_text(words, plan.action), *mail.body.files])
    question = f"{intake.shown_subject(mail.subject)}\n{taking.own_text(words, understanding.TEXT_MAX)}"
    return Prepared(mail, words, taken, room.understand(question) if plan.action is Action.OPEN else None)


def _update(room: Room, row: InboundMail, work: Callable[[InboundMail, Session], None]) -> None:
    """Do ``work`` on the row, unless another process has taken it over in the meantime."""
    with Session(room.engine, expire_on_commit=False) as session, session.begin():
        mine = session.get_one(InboundMail, row.id, with_for_update=True)
        if mine.state == State.RECEIVED and mine.attempts == row.attempts:
            work(mine, session)


@dataclass(frozen=True)
class _Case:
    room: Room
    session: Session
    row: InboundMail
    plan: Plan
    ready: Prepared
    now: datetime

    def settle(self, state: State, reason: str = "") -> None:
        intake.settle(self.row, state, reason or self.plan.reason, self.now)


def _open(case: _Case) -> None:
    taking.open_ticket(case.session, case.row, case.plan, case.ready, case.room.desk, case.now)
    case.settle(State.PROCESSED)


def _reply(case: _Case) -> None:
    taking.reply(case.session, case.row, case.plan, case.ready, case.room.desk, case.now)
    case.settle(State.PROCESSED)


def _note(case: _Case) -> None:
    taking.note(case.session, case.row, case.plan, case.ready, case.now)
    case.settle(State.PROCESSED)


def _bounce(case: _Case) -> None:
    report = bounces.read(case.ready.mail, case.room.house.marks)
    filed = notes.file_bounce(case.session, case.row, report, case.now)
    case.settle(State.PROCESSED if filed else State.IGNORED, "late" if filed and report.late else "")


def _quarantine(case: _Case) -> None:
    if case.plan.reason == "unproven" and case.plan.customer is not None and not case.plan.customer.blocked:
        notes.ask_sender(case.session, case.row, case.room.links, case.now)
    case.settle(State.QUARANTINED)


def _refuse(case: _Case) -> None:
    notes.refuse(case.session, case.row, case.room.links, case.now)
    case.settle(State.REFUSED)


def _ignore(case: _Case) -> None:
    case.settle(State.IGNORED)


_ACT: dict[Action, Callable[[_Case], None]] = {
    Action.OPEN: _open,
    Action.REPLY: _reply,
    Action.NOTE: _note,
    Action.BOUNCE: _bounce,
    Action.QUARANTINE: _quarantine,
    Action.REFUSE: _refuse,
    Action.IGNORE: _ignore,
}
