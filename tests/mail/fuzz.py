"""``python -m tests.mail.fuzz --minutes 10``: mutated and invented mails through all that reads them.

Nothing may raise but ``Unparseable``, nothing may take two seconds, and each mail must end as one row in a known state.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from escalation.mail import bounces, machines, quoting, trust
from escalation.mail.intake import State
from escalation.mail.marks import Marks
from escalation.mail.parsing import Unparseable, envelope, parse, subject_key
from tests.mail import outcomes
from tests.mail.conftest import AUTHSERV, MailRoom
from tests.mail.corpus import CASES
from tests.mail.corpus.case import Context

# Of a processor, our own and of the process that opens Outlook's packages; by the clock it depends on who else is at work.
SLOW_SECONDS = 2.0
HUNG_SECONDS = 30.0
# Larger ones are in the corpus itself; here many small ones say more.
RAW_MAX = 60_000
MUTATIONS_MAX = 12
ROUND = 300
MARKS = Marks("session")
TOKENS = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"\x00",
        b"\xff\xfe",
        b"--",
        b"--b1",
        b"--b1--",
        b";",
        b'"',
        b"<",
        b">",
        b"=",
        b"=?",
        b"?=",
    ),
    *(
        b"(",
        b")",
        b"@",
        b",",
        b":",
        b"\\",
        b"Content-Type: multipart/mixed; boundary=b1\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
    ),
    *(
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n",
        b"charset=utf-7",
        b"charset=punycode",
    ),
    *(
        b"charset=idna",
        b"charset=unicode_escape",
        b"charset=rot13",
        b"charset=hex",
        b"charset=zlib",
        b"filename*=",
        b"filename*0*=''",
    ),
    *(
        b"Auto-Submitted: ",
        b"From: a@b.test\r\n",
        b"From: ",
        b"Subject: ",
        b"Message-ID: <",
        b"References: <",
        b"DKIM-Signature: v=1; ",
    ),
    *(b"Authentication-Results: mx.csiserver.test; dmarc=pass", b"On ", b"El ", b" wrote:", "escribió:".encode(), b"> ", b"<div>"),
    *(b"<table><tr><td>", b"<!--", b"&#x0;", b"begin 644 a\n", b"Action: failed", b"Status: 5.1.1", b"format=flowed; delsp=yes"),
]


@dataclass
class Found:
    """What a run saw."""

    mails: int = 0
    unparseable: int = 0
    slowest: float = 0.0
    longest: float = 0.0


@lru_cache
def seeds() -> list[bytes]:
    """The corpus, without its giants."""
    raws = (case.write(Context("MDA-7K3Q9T", MARKS)) for case in CASES)
    return [raw for raw in raws if len(raw) <= RAW_MAX]


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A mail of the corpus with pieces moved, doubled, cut out and put in; now and then two grafted together, or pure noise."""
    dice = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311
    if dice.random() < 0.03:
        return dice.randbytes(dice.randrange(2000))
    raw = dice.choice(seeds())
    if dice.random() < 0.2:
        other = dice.choice(seeds())
        raw = raw[: dice.randrange(len(raw) + 1)] + other[dice.randrange(len(other) + 1) :]
    for _ in range(dice.randrange(MUTATIONS_MAX)):
        raw = _mutated(raw, dice)
    return raw[:RAW_MAX]


def _mutated(raw: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(raw) + 1)
    end = min(len(raw), start + dice.randrange(1, 200))
    piece = raw[start:end]
    match dice.randrange(6):
        case 0:
            return raw[:start] + raw[end:]
        case 1:
            return raw[:start] + piece * dice.randrange(2, 30) + raw[end:]
        case 2:
            return raw[:start] + dice.choice(TOKENS) + raw[start:]
        case 3:
            return raw[:start] + dice.choice(TOKENS) + raw[end:]
        case 4:
            return (
                raw[:start] + bytes(byte ^ (1 << dice.randrange(8)) if dice.random() < 0.1 else byte for byte in piece) + raw[end:]
            )
        case _:
            place = dice.randrange(len(raw) + 1)
            return raw[:place] + piece + raw[place:]


def read(raw: bytes, found: Found) -> None:
    """All that reads a mail, without the database."""
    began, worked = time.perf_counter(), _worked()
    envelope(raw)
    found.mails += 1
    try:
        mail = parse(raw)
    except Unparseable:
        found.unparseable += 1
    else:
        machines.kind_of(mail, MARKS, frozenset({"soporte@csiserver.com"}))
        bounces.read(mail, MARKS)
        trust.judge(mail, raw, AUTHSERV, dns=lambda *_, **__: None)
        trust.judge(mail, raw, "", dns=lambda *_, **__: None)
        split = quoting.split(mail.body.text, mail.subject, is_reply=True)
        assert split.own or not mail.body.text.strip(), "an empty message was made of one that says something"
        subject_key(mail.subject)
    seconds, waited = _worked() - worked, time.perf_counter() - began
    found.slowest, found.longest = max(found.slowest, seconds), max(found.longest, waited)
    assert seconds < SLOW_SECONDS and waited < HUNG_SECONDS, f"{seconds:.1f} s of work, {waited:.1f} s by the clock"


def _worked() -> float:
    """Seconds of a processor, with those of processes that ended."""
    return sum(os.times()[:4])


def process(raw: bytes, room: MailRoom) -> None:
    """The whole road: stored, and ended in a state that somebody sees."""
    room.take(raw)
    with room.read() as session:
        states = {row.state for row in outcomes.latest(session)}
    assert State.RECEIVED not in states


def run(minutes: float) -> Found:
    """Rounds with new seeds until the time is over."""
    found, ends = Found(), time.monotonic() + minutes * 60
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with outcomes.room() as (room, _):
        while time.monotonic() < ends:
            check = _round(secrets.randbits(32), found, room, ends)
            check()
    return found


def _round(number: int, found: Found, room: MailRoom, ends: float):  # type: ignore[no-untyped-def]
    quiet = settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    @seed(number)
    @quiet
    @given(mails())
    def check(raw: bytes) -> None:
        if time.monotonic() > ends:
            return
        read(raw, found)
        if found.mails % 10 == 0:
            process(raw, room)

    return check


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    found = run(parser.parse_args().minutes)
    print(
        f"{found.mails} mails, {found.unparseable} of them unreadable, slowest {found.slowest:.2f} s of work "
        f"({found.longest:.2f} s by the clock), no failure"
    )


if __name__ == "__main__":
    main()
