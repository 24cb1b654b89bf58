"""Letters in every coat: declared, undeclared, declared wrongly, broken."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable

from tests.mail.corpus.case import Case, Context, mail

TEXT = "El ñandú comió “pastelón” en Córdoba."


def _plain(name: str, body: bytes, kind: str, *headers: str, subject: str = "Acentos") -> Callable[[Context], bytes]:
    return lambda _: mail(name, body, *headers, kind=kind, subject=subject)


def case(name: str, body: bytes, kind: str, *headers: str, subject: str = "Acentos") -> Case:
    return Case(name, _plain(name, body, kind, *headers, subject=subject))


WINDOWS, UTF8 = TEXT.encode("windows-1252"), TEXT.encode()
LATIN = TEXT.replace("“", '"').replace("”", '"').encode("latin-1")
QP = "Content-Transfer-Encoding: quoted-printable"
FLOWED = b"Esta es una linea larga que el \r\nprograma corto en dos.\r\n> cita \r\n> que sigue\r\nFin."
DELSP = "これは長い \r\n行です。".encode()

CASES = (
    case("utf-8", UTF8, "text/plain; charset=utf-8"),
    case("latin-1", LATIN, "text/plain; charset=iso-8859-1"),
    case("windows-1252-as-latin-1", WINDOWS, "text/plain; charset=iso-8859-1"),
    case("windows-1252", WINDOWS, "text/plain; charset=windows-1252"),
    case("iso-8859-15", LATIN, "text/plain; charset=iso-8859-15"),
    case("utf-8-as-ascii", UTF8, "text/plain; charset=us-ascii"),
    case("utf-8-undeclared", UTF8, ""),
    case("latin-1-undeclared", LATIN, "text/plain"),
    case("unknown-charset", UTF8, "text/plain; charset=x-klingon"),
    case("broken-utf-8", UTF8.replace("ú".encode(), b"\xc3"), "text/plain; charset=utf-8"),
    case("utf-16", TEXT.encode("utf-16"), "text/plain; charset=utf-16"),
    case("utf-7", TEXT.encode("utf-7"), "text/plain; charset=utf-7"),
    case("quoted-printable", quopri.encodestring(UTF8), "text/plain; charset=utf-8", QP),
    case("broken-quoted-printable", b"El =ZZ =\xc3\xb1and=C3=BA=", "text/plain; charset=utf-8", QP),
    case("base64", base64.encodebytes(UTF8), "text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"),
    case("broken-base64", b"RWwg!!w7FhbmTDug=", "text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"),
    case("unknown-encoding", UTF8, "text/plain; charset=utf-8", "Content-Transfer-Encoding: x-rot13"),
    case("flowed", FLOWED, "text/plain; charset=utf-8; format=flowed"),
    case("flowed-delsp", DELSP, "text/plain; charset=utf-8; format=flowed; delsp=yes"),
    case("emoji", "No anda 😡 nada 👩‍💻".encode(), "text/plain; charset=utf-8"),
    case("subject-in-words", UTF8, "text/plain; charset=utf-8", subject="=?iso-8859-1?Q?No_puedo_enviar_ma=F1ana?="),
    case("subject-in-broken-words", UTF8, "text/plain; charset=utf-8", subject="=?utf-8?B?w7Fhb?= =?x-no?Q?hola=20mundo?="),
    case("subject-in-raw-utf-8", UTF8, "text/plain; charset=utf-8", subject="No puedo enviar mañana"),
    case("charset-with-quotes-and-rubbish", UTF8, 'text/plain; charset="utf-8\n X"; foo'),
    case("no-line-ends", b"una sola linea sin final", "text/plain"),
    case("bare-carriage-returns", b"una\rdos\rtres", "text/plain"),
)
