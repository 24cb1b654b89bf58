"""How a mail says which ticket it belongs to, and how it lies about it."""

from __future__ import annotations

from escalation.mail.marks import Marks
from tests.mail.conftest import BRUNO
from tests.mail.corpus.case import Case, Context, mail


def _by_address(c: Context) -> bytes:
    return mail("by-address", "Por la dirección.", f"Delivered-To: {c.reply_to.upper()}", subject="Otro asunto")


def _by_reference(c: Context) -> bytes:
    ids = f"References: <a@x.test>\r\n {c.marks.message_id('thread', c.number, 'csiserver.com')}\r\n <b@x.test>"
    return mail("by-reference", "Por References.", ids, subject="Re: su ticket")


def _by_quotation(c: Context) -> bytes:
    return mail("by-quotation", f"Por la marca.\n\n> Hola\n> {c.quoted}", subject="Re: su ticket")


def _by_subject(c: Context) -> bytes:
    return mail("by-subject", "Por el asunto.", subject=f"RV: [Soporte] {c.number.lower()} otra vez")


def _by_own_mail(c: Context) -> bytes:
    return mail("by-own-mail", "Me olvidaba de algo.", "In-Reply-To: <primero@corpus.test>", subject="RE: No puedo enviar")


def _own_mail_other_subject(c: Context) -> bytes:
    return mail("own-mail-other-subject", "Otra cosa.", "In-Reply-To: <primero@corpus.test>", subject="La factura")


def _not_his(c: Context) -> bytes:
    return mail("not-his-ticket", "Soy Bruno.", f"In-Reply-To: {c.confirmation_id}", sender=BRUNO, subject="Re: su ticket")


def _forged_marks(c: Context) -> bytes:
    other = Marks("otro secreto")
    forged = other.message_id("message-1", c.number, "csiserver.com")
    headers = (f"In-Reply-To: {forged}", f"Delivered-To: {other.reply_address(c.number, 'x <soporte@csiserver.com>')}")
    return mail("forged-marks", f"Hola.\n{other.quoted(c.number)}", *headers, sender=BRUNO, subject="Re: hola")


def _no_such_number(c: Context) -> bytes:
    return mail("no-such-number", "¿Cómo va?", subject="MDA-222222")


def _cut_mark(c: Context) -> bytes:
    return mail("cut-mark", "Hola.", f"In-Reply-To: {c.confirmation_id[:-30]}>", subject="Consulta nueva")


CASES = (
    Case("by-address", _by_address),
    Case("by-reference", _by_reference),
    Case("by-quotation", _by_quotation),
    Case("by-subject", _by_subject),
    Case("by-own-mail", _by_own_mail),
    Case("own-mail-other-subject", _own_mail_other_subject),
    Case("not-his-ticket", _not_his),
    Case("forged-marks", _forged_marks),
    Case("no-such-number", _no_such_number),
    Case("cut-mark", _cut_mark),
)
