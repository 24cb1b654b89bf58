"""Returned and delayed mails as servers write them; each speaks of our confirmation unless its name says otherwise."""

from __future__ import annotations

from collections.abc import Callable

from tests.mail.conftest import CARLA
from tests.mail.corpus.case import Case, Context, mail, part, parts

DAEMON = "mailer-daemon@mx.otro.test"
NULL = "Return-Path: <>"


def report(
    name: str,
    status: str,
    said: str,
    action: str = "failed",
    recipient: str = CARLA,
    original: bool = True,
    headers_only: bool = False,
    words: str = "No se pudo entregar.",
) -> Case:
    """RFC 3464: words, fields, and the mail or its headers."""

    def write(c: Context) -> bytes:
        fields = f"Reporting-MTA: dns; mx.otro.test\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        fields += f"Diagnostic-Code: smtp; {said}\r\n" if said else ""
        ours = f"From: soporte@csiserver.com\r\nTo: {recipient}\r\nMessage-ID: {c.confirmation_id}\r\nSubject: Recibimos\r\n"
        given = [part(words, "text/plain; charset=utf-8"), part(fields, "message/delivery-status", encode=False)]
        if original:
            kind = "text/rfc822-headers" if headers_only else "message/rfc822"
            given.append(part(ours if headers_only else f"{ours}\r\nHola", kind, encode=False))
        kind = "multipart/report; report-type=delivery-status; boundary=b1"
        return mail(
            name, parts(*given), NULL, "Auto-Submitted: auto-replied", top="X-A: 1", sender=DAEMON, subject="Undelivered", kind=kind
        )

    return Case(name, write)


def words(name: str, text: Callable[[Context], str], *headers: str, sender: str = DAEMON, subject: str = "failure notice") -> Case:
    """A report for people only."""
    return Case(name, lambda c: mail(name, text(c), NULL, *headers, top="X-A: 1", sender=sender, subject=subject))


def _ours(c: Context) -> str:
    return f"From: soporte@csiserver.com\nTo: {CARLA}\nMessage-ID: {c.confirmation_id}\nSubject: Recibimos\n"


def _exim(c: Context) -> str:
    return (
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered:\n\n"
        f"  {CARLA}\n    host mx.panaderialola.com.ar [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:\n"
        f"    550 No Such User Here\n\n------ This is a copy of the message, including all the headers. ------\n\n{_ours(c)}"
    )


def _exim_late(c: Context) -> str:
    return (
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or"
        f" more of its recipients after more than 24 hours.\n\n  {CARLA}\n    Delay reason: connection timed out\n\nNo action is required:"
        f" delivery attempts will continue.\n{_ours(c)}"
    )


def _qmail(c: Context) -> str:
    return (
        "Hi. This is the qmail-send program at mx.otro.test.\nI'm afraid I wasn't able to deliver your message.\n\n"
        f"<{CARLA}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n{_ours(c)}"
    )


def _receipt(c: Context) -> bytes:
    fields = f"Final-Recipient: rfc822; {CARLA}\r\nOriginal-Message-ID: {c.confirmation_id}\r\nDisposition: manual-action/MDN-sent; displayed\r\n"
    given = [part("Leído.", "text/plain"), part(fields, "message/disposition-notification", encode=False)]
    kind = "multipart/report; report-type=disposition-notification; boundary=b1"
    return mail("read-receipt", parts(*given), subject="Leído: Recibimos su ticket", kind=kind)


CASES = (
    report("bounce-postfix", "5.1.1", "550 5.1.1 <carla@panaderialola.com.ar>: Recipient address rejected: User unknown"),
    report("bounce-postfix-headers-only", "5.1.1", "550 5.1.1 user unknown", headers_only=True),
    report("bounce-exchange", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    report(
        "bounce-exchange-es", "5.1.1", "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", words="No se pudo entregar el mensaje."
    ),
    report("bounce-gmail", "5.1.1", "550-5.1.1 The email account that you tried to reach does not exist."),
    report("bounce-real-code-in-diagnosis", "5.0.0", "550 5.1.1 no such user"),
    report("bounce-disabled", "5.2.1", "550 5.2.1 The email account is disabled."),
    report("bounce-no-such-domain", "5.1.2", "550 5.1.2 Host unknown"),
    report("bounce-full", "5.2.2", "552 5.2.2 The email account is over quota"),
    report("bounce-too-large", "5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
    report("bounce-spam", "5.7.1", "550 5.7.1 Message rejected as spam by Content Filtering"),
    report("bounce-loop", "5.4.6", "554 5.4.6 Too many hops"),
    report("bounce-timed-out-for-good", "4.4.1", "connection timed out"),
    report("bounce-timed-out-after-days", "5.4.7", "delivery time expired"),
    report("delay-postfix", "4.4.1", "connect to mx: Connection timed out", "delayed"),
    report("delay-greylisting", "4.7.1", "451 4.7.1 Greylisting in action", "delayed"),
    report("delay-exchange", "4.4.7", "", "delayed", words="Delivery is delayed."),
    report("report-of-success", "2.0.0", "250 ok", "delivered"),
    report("report-relayed", "2.0.0", "250 ok", "relayed"),
    report("bounce-of-another-address", "5.1.1", "550 5.1.1 user unknown", recipient="otro@lejos.test"),
    report("bounce-of-nothing-of-ours", "5.1.1", "550 5.1.1 user unknown", original=False),
    words("bounce-exim", _exim, f"X-Failed-Recipients: {CARLA}", subject="Mail delivery failed: returning message to sender"),
    words("delay-exim", _exim_late, subject="Warning: message 1x delayed 24 hours"),
    words("bounce-qmail", _qmail),
    words(
        "bounce-sendmail",
        lambda c: (
            f"   ----- The following addresses had permanent fatal errors -----\n<{CARLA}>\n    (reason: 550 5.1.1 "
            f"<{CARLA}>... User unknown)\n\n{_ours(c)}"
        ),
        subject="Returned mail: see transcript for details",
    ),
    words(
        "bounce-yahoo",
        lambda c: (
            f"Sorry, we were unable to deliver your message to the following address.\n\n<{CARLA}>:\n554: delivery "
            f"error: dd This user doesn't have a yahoo.com account\n\n{_ours(c)}"
        ),
        subject="Failure Notice",
    ),
    words(
        "bounce-courier",
        lambda c: f"This is a delivery status notification.\n\n{CARLA}:\n  550 5.2.2 Mailbox full\n\n{_ours(c)}",
        subject="NOTICE: mail delivery status.",
    ),
    words(
        "bounce-postmaster-es",
        lambda c: f"No se pudo entregar el mensaje a {CARLA}: el usuario no existe.\n\n{_ours(c)}",
        sender="postmaster@otro.test",
        subject="No se puede entregar: Recibimos su ticket",
    ),
    words("bounce-without-anything", lambda c: "Your message could not be delivered.", subject="Undeliverable"),
    Case("daemon-as-a-person", lambda _: mail("daemon-as-a-person", "Hola.", sender="postmaster@panaderialola.com.ar")),
    Case("read-receipt", _receipt),
)
