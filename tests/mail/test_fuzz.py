"""The short version of ``python -m tests.mail.fuzz``."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.mail import quoting, texts
from escalation.mail.parsing import envelope
from tests.mail import fuzz

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(fuzz.mails())
def test_a_mutated_mail_is_read_or_called_unreadable(raw: bytes) -> None:
    fuzz.read(raw, fuzz.Found())


@QUICK
@given(st.binary(max_size=3000))
def test_any_bytes_have_an_identity(raw: bytes) -> None:
    assert envelope(raw).message_id


@QUICK
@given(st.text(max_size=2000), st.text(max_size=50), st.booleans())
def test_what_somebody_wrote_is_never_split_into_nothing(text: str, subject: str, is_reply: bool) -> None:
    clean = texts.clean(text)
    assert bool(quoting.split(clean, subject, is_reply).own) == bool(clean.strip())


@QUICK
@given(st.text(alphabet="<>/abdiv p&;#x0!-\"'= \n", max_size=3000))
def test_any_markup_becomes_plain_text(html: str) -> None:
    assert "\x00" not in texts.of_html(html)
