"""Mails made to break, fill or mislead whoever reads them."""

from __future__ import annotations

from tests.mail.corpus.case import PNG, Case, Context, file, mail, part, parts, several

TEXT = part("Hola.", "text/plain; charset=utf-8")


def _raw(name: str, raw: bytes) -> Case:
    return Case(name, lambda _: raw)


def _body(name: str, body: str | bytes, kind: str = "text/plain; charset=utf-8", *headers: str, subject: str = "Consulta") -> Case:
    return Case(name, lambda _: mail(name, body, *headers, kind=kind, subject=subject))


def _nested(levels: int) -> bytes:
    return b"".join(b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (level, level + 1) for level in range(levels))


def _other_customers_number(c: Context) -> bytes:
    return mail(
        "number-in-many-places", f"{c.number}\n{c.quoted}", f"X-Ticket: {c.number}", subject="Hola", sender="ana@otra.com.ar"
    )


CASES = (
    _body("line-break-in-subject", "Hola.", subject="=?utf-8?Q?Hola=0D=0ABcc:_todos@otra.com.ar=0D=0A=0D=0AMal?="),
    _body("line-break-in-message-id", "Hola.", "text/plain", "In-Reply-To: <a@b>\r\n\tBcc: x@y.test"),
    _body("control-letters", "Hola\x00\x07\x1b[31m mundo\u202egpj.exe", subject="A\x00B\x07"),
    _raw("header-of-ten-megabytes", b"X-Long: " + b"a" * 10 * 2**20 + b"\r\n" + mail("header-of-ten-megabytes")),
    _raw("ten-thousand-headers", b"".join(b"X-%d: 1\r\n" % number for number in range(40_000)) + mail("ten-thousand-headers")),
    _body("thousand-parts-in-one-another", _nested(1000), "multipart/mixed; boundary=b0"),
    _body("hundred-parts-in-one-another", _nested(90), "multipart/mixed; boundary=b0"),
    Case("three-thousand-parts", lambda _: several("three-thousand-parts", [TEXT] * 3000)),
    _body("hundred-mails-in-one-another", b"Content-Type: message/rfc822\r\n\r\n" * 150 + b"Hola", "message/rfc822"),
    _raw("empty-mail", b""),
    _raw("only-line-ends", b"\r\n\r\n\r\n"),
    _raw("no-headers-at-all", b"hola, esto no es un correo"),
    _raw("only-rubbish", bytes(range(256)) * 40),
    _body("no-boundary", "--b1\n\nHola\n--b1--", "multipart/mixed"),
    _body("empty-boundary", "--\n\nHola\n----", 'multipart/mixed; boundary=""'),
    _body("unfinished-multipart", "--b1\r\nContent-Type: text/plain\r\n\r\nHola sin final", "multipart/mixed; boundary=b1"),
    _body("content-type-rubbish", "Hola.", '////;;;="\x01'),
    _body("a-line-of-five-megabytes", "x" * 5 * 2**20),
    _body("three-hundred-thousand-lines", "\n" * 300_000 + "fin"),
    _body("million-lines", "\n" * 1_000_000),
    _body("attribution-bomb", "On " * 200_000, "text/plain", "In-Reply-To: <x@y>", subject="Re: x"),
    _body("quote-bomb", "> " * 300_000, "text/plain", "In-Reply-To: <x@y>", subject="Re: x"),
    _body("html-fifty-thousand-deep", "<div>" * 50_000 + "Hola", "text/html"),
    _body("html-half-a-million-brackets", "<" * 500_000, "text/html"),
    _body("html-open-comment", "<p>Hola<!-- " * 50_000, "text/html"),
    _body("html-entities", "&amp;" * 100_000, "text/html"),
    _body(
        "html-with-form-and-meta",
        '<meta http-equiv=refresh content="0;url=//evil.test"><form action=//evil.test><input value=x></form>Hola',
        "text/html",
    ),
    _body("hundred-thousand-recipients", "Hola.", "text/plain", "Cc: " + ", ".join(f"a{n}@x.test" for n in range(8_000))),
    _body("references-without-end", "Hola.", "text/plain", "References: " + " ".join(f"<{n}@x.test>" for n in range(8_000))),
    Case("message-id-of-two-thousand-letters", lambda _: mail("a" * 2000, "Hola.", subject="Largo")),
    Case("no-message-id", lambda _: mail("x", "Sin identificación.").replace(b"Message-ID: <x@corpus.test>\r\n", b"")),
    Case("number-in-many-places", _other_customers_number),
    Case(
        "picture-of-a-terabyte",
        lambda _: several("picture-of-a-terabyte", [TEXT, file("a.png", PNG[:16] + b"\xff" * 8 + PNG[24:], "image/png")]),
    ),
    _body("uuencoded", "begin 644 a.txt\n#0V%T\n`\nend\n", "text/plain", "Content-Transfer-Encoding: x-uuencode"),
    _body("uuencoded-rubbish", "begin 644\n\xff\xff\n", "application/octet-stream", "Content-Transfer-Encoding: x-uuencode"),
    _body("dates-that-are-none", "Hola.", "text/plain", "Date: ayer", "Date: 99 Foo 20000"),
    _body("secret-in-the-text", "La contraseña es Peperino77! y la tarjeta 4111 1111 1111 1111."),
    Case(
        "twin-of-another",
        lambda _: mail("picture", "Otro texto, otro día.", subject="Otro").replace(b"30 Nov 2026 10", b"29 Nov 2026 11"),
    ),
    _body(
        "digest",
        parts(part("Uno", "text/plain", encode=False), part("Dos", "text/plain", encode=False)),
        "multipart/digest; boundary=b1",
    ),
)
