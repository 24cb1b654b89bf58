"""Mails at the edges of the standards: written by programs that few know, or by somebody who knows our parser."""

from __future__ import annotations

import base64

from tests.mail.corpus.case import PNG, Case, Context, file, mail, part, parts, proof, several

STRANGER = "ana@otra.com.ar"
TEXT = part("Hola.", "text/plain; charset=utf-8")
# A screenshot that a webmail put into the page itself.
BIG_PNG = PNG + b"\x00" * 1_500_000


def _headers(name: str, *headers: str, body: str = "Hola.", top: str | None = None, **more: str) -> Case:
    return Case(name, lambda _: mail(name, body, *headers, top=top, **more))  # type: ignore[arg-type]


def _with_from(name: str, value: str, top: str | None = None) -> Case:
    def write(_: Context) -> bytes:
        return mail(name, top=top).replace(b"From: Carla Medina <carla@panaderialola.com.ar>", f"From: {value}".encode())

    return Case(name, write)


def _marked_reply_through_a_list(c: Context) -> bytes:
    ids = (f"In-Reply-To: {c.confirmation_id}", "List-Unsubscribe: <mailto:baja@panaderialola.com.ar>")
    return mail("list-headers-in-a-marked-reply", "Lo mando por la lista.", *ids, subject="Re: su ticket")


def _colleague(c: Context) -> bytes:
    return mail(
        "colleague-with-a-mark", "Soy su socia.", f"In-Reply-To: {c.confirmation_id}", sender=STRANGER, subject="Re: su ticket"
    )


def _address_first(c: Context) -> bytes:
    return mail("address-and-another-number", "¿Y?", f"Delivered-To: {c.reply_to}", subject="MDA-222222")


def _picture_in_html(_: Context) -> bytes:
    picture = base64.b64encode(BIG_PNG).decode()
    page = f'<p>Vea:</p><img src="data:image/png;base64,{picture}"><p>Esto sale al enviar.</p>'
    return mail("picture-inside-html", page, kind="text/html; charset=utf-8")


CASES = (
    _headers("from-smuggled-by-a-bare-return", subject="Hola\rFrom: bruno@estudioruiz.com"),
    _headers(
        "results-smuggled-by-a-bare-return",
        subject=f"Hola\r{proof()}",
        top="X-From-Outside: 1",
    ),
    _with_from(
        "address-hidden-in-encoded-words",
        f"=?utf-8?q?carla=40panaderialola=2Ecom=2Ear=3E=2C?= <{STRANGER}>",
        proof(STRANGER),
    ),
    _with_from("from-with-comments", "carla@panaderialola.com.ar (Carla (la de la panadería) x@y.test)"),
    _with_from("from-with-a-quoted-address", '"carla@panaderialola.com.ar"@evil.test', proof("x@evil.test")),
    _with_from("from-with-a-comma-behind", "Carla <carla@panaderialola.com.ar>,"),
    _with_from("name-of-a-hundred-kilobytes", f'"{"a" * 100_000}" <carla@panaderialola.com.ar>'),
    Case("list-headers-in-a-marked-reply", _marked_reply_through_a_list),
    _headers("suppress-receipts-only", "X-Auto-Response-Suppress: DR, RN, NRN"),
    _headers("auto-submitted-no-with-a-comment", "Auto-Submitted: no (written by a person)"),
    Case(
        "amp-for-mail",
        lambda _: several(
            "amp-for-mail",
            [
                TEXT,
                part("<html amp4email>Hola.", "text/x-amp-html; charset=utf-8"),
                part("<p>Hola.</p>", "text/html; charset=utf-8"),
            ],
            "multipart/alternative",
        ),
    ),
    Case(
        "plain-text-that-says-look-at-the-html",
        lambda _: several(
            "plain-text-that-says-look-at-the-html",
            [
                part("Su programa de correo no admite HTML.", "text/plain; charset=utf-8"),
                part("<p>No puedo entrar a cPanel desde ayer.</p>", "text/html; charset=utf-8"),
            ],
            "multipart/alternative",
        ),
    ),
    Case("koi8-r", lambda _: mail("koi8-r", "Здравствуйте".encode("koi8-r"), kind="text/plain; charset=koi8-r")),
    Case("byte-order-mark", lambda _: mail("byte-order-mark", b"\xef\xbb\xbfHola con marca.")),
    Case(
        "boundary-with-spaces",
        lambda _: mail("boundary-with-spaces", parts(TEXT, boundary="b 1 (x)"), kind='multipart/mixed; boundary="b 1 (x)"'),
    ),
    Case(
        "boundary-that-begins-another",
        lambda _: several(
            "boundary-that-begins-another",
            [
                b"Content-Type: multipart/mixed; boundary=b10\r\n\r\n" + parts(part("Adentro.", "text/plain"), boundary="b10"),
                part("Afuera.", "text/plain"),
            ],
        ),
    ),
    Case(
        "body-that-lies-elsewhere",
        lambda _: several(
            "body-that-lies-elsewhere",
            [
                TEXT,
                b'Content-Type: message/external-body; access-type=URL; URL="http://127.0.0.1:1/x"\r\n\r\nContent-Type: text/plain\r\n\r\n',
            ],
        ),
    ),
    _headers("piece-of-a-mail", body="Primera parte", kind='message/partial; id="x@y"; number=1; total=3'),
    Case("colleague-with-a-mark", _colleague),
    Case("address-and-another-number", _address_first),
    Case("picture-inside-html", _picture_in_html),
    Case("null-in-the-name", lambda _: several("null-in-the-name", [TEXT, file("a\x00b\t.png", PNG, "image/png")])),
    _with_from("sender-with-accents", "josé@peluquería.com.ar", proof("x@peluquería.com.ar")),
    Case("rich-text-alone", lambda _: mail("rich-text-alone", rb"{\rtf1 Hola}", kind="application/rtf")),
)
