"""What hangs on a mail: pictures, documents, returned mails, signatures, calendars, Outlook's own packages."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence

from tests.mail.corpus.case import PNG, Case, Context, file, mail, part, parts, several

TEXT = part("Va lo pedido.", "text/plain; charset=utf-8")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return target.getvalue()


def tnef(*objects: tuple[int, int, int, bytes]) -> bytes:
    """MS-OXTNEF 2.1: signature, key, then level, id, type, length, data and checksum of each object."""
    made = struct.pack("<IH", 0x223E9F78, 1)
    for level, name, kind, data in objects:
        made += struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    return made


TNEF = tnef(
    (1, 0x8006, 8, b"\x00\x00\x01\x00"), (2, 0x9002, 6, b"\x00" * 14), (2, 0x8010, 1, b"captura.png\x00"), (2, 0x800F, 6, PNG)
)
TNEF_BOMB = tnef((1, 0x9003, 6, struct.pack("<I", 0xFFFFFFF0)))
RETURNED = mail("original", "Hola, adjunto.", subject="Presupuesto").replace(b"Authentication-Results", b"X-Old")
SMIME = part(b"\x30\x82", "application/pkcs7-signature; name=smime.p7s", 'Content-Disposition: attachment; filename="smime.p7s"')
CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Reunión\r\nEND:VEVENT\r\nEND:VCALENDAR"


def _with(name: str, *given: bytes, kind: str = "multipart/mixed") -> Case:
    return Case(name, lambda _: several(name, given, kind))


def _nested(levels: int) -> bytes:
    inner = RETURNED
    for level in range(levels):
        inner = mail(f"level-{level}", inner, kind="message/rfc822").replace(b"Authentication-Results", b"X-Old")
    return inner


def _raw(name: str, body: bytes | str, kind: str, *headers: str) -> Case:
    return Case(name, lambda _: mail(name, body, *headers, kind=kind))


def _named(name: str, header: str) -> Case:
    return _with(name, TEXT, part(PNG, "image/png", header))


def _inline(name: str) -> Callable[[Context], bytes]:
    html = part('<p>Mire: <img src="cid:uno"></p>', "text/html; charset=utf-8")
    related = parts(html, part(PNG, "image/png", "Content-ID: <uno>", "Content-Disposition: inline"), boundary="b2")
    inner = b"Content-Type: multipart/related; boundary=b2\r\n\r\n" + related
    return lambda _: several(name, [part("Mire: [imagen]", "text/plain; charset=utf-8"), inner], "multipart/alternative")


def _many(count: int) -> Sequence[bytes]:
    return [TEXT, *(file(f"{number}.png", PNG + bytes([number]), "image/png") for number in range(count))]


CASES = (
    _with("picture", TEXT, file("pantalla.png", PNG, "image/png")),
    _with("documents", TEXT, file("factura.pdf", PDF, "application/pdf"), file("error.log", b"552 5.3.4\n", "text/plain")),
    Case("inline-picture", _inline("inline-picture")),
    _with("picture-between-texts", TEXT, file("a.png", PNG, "image/png", "inline"), part("Y más abajo esto.", "text/plain")),
    _with("only-a-file", file("pantalla.png", PNG, "image/png")),
    _with("returned-mail-inside", TEXT, part(RETURNED, "message/rfc822", encode=False)),
    _with("mails-five-deep", TEXT, part(_nested(5), "message/rfc822", encode=False)),
    _with("eml-as-a-file", TEXT, file("rebote.eml", RETURNED, "application/octet-stream")),
    _with("outlook-package", TEXT, file("winmail.dat", TNEF, "application/ms-tnef")),
    _with("outlook-package-broken", TEXT, file("winmail.dat", TNEF[:30], "application/ms-tnef")),
    _with("outlook-package-that-never-ends", TEXT, file("winmail.dat", TNEF_BOMB, "application/ms-tnef")),
    _with("forty-outlook-packages", TEXT, *[file("winmail.dat", TNEF_BOMB, "application/ms-tnef")] * 40),
    _with("signed-s-mime", TEXT, SMIME, kind='multipart/signed; protocol="application/pkcs7-signature"'),
    _raw("sealed-s-mime", b"MIIB", "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"),
    _with(
        "encrypted-pgp",
        part("Version: 1", "application/pgp-encrypted"),
        part("-----BEGIN", "application/octet-stream"),
        kind='multipart/encrypted; protocol="application/pgp-encrypted"',
    ),
    _with("signed-pgp", TEXT, part("-----BEGIN PGP", "application/pgp-signature; name=signature.asc"), kind="multipart/signed"),
    _with("invitation", TEXT, part(CALENDAR, "text/calendar; method=REQUEST"), kind="multipart/alternative"),
    _with("business-card", TEXT, file("carla.vcf", b"BEGIN:VCARD\r\nEND:VCARD", "text/vcard")),
    _raw("html-with-script", "<style>p{}</style><script>alert(1)</script><p>Hola &amp; <b>chau</b></p><!-- x -->", "text/html"),
    _raw("html-hidden-words", '<p>Visible</p><p style="display:none">Oculto</p>', "text/html"),
    _raw(
        "html-table", "<table><tr><td>Error</td><td>550</td></tr><tr><td>Sitio</td><td>lola.com.ar</td></tr></table>", "text/html"
    ),
    _raw("empty", "", "text/plain"),
    _raw("only-spaces", "  \n\n \t\n", "text/plain"),
    Case("twelve-files", lambda _: several("twelve-files", _many(12))),
    _with("a-file-of-eleven-megabytes", TEXT, file("video.mp4", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 11 * 2**20, "video/mp4")),
    _with("a-program", TEXT, file("programa.exe", b"MZ\x90\x00" + b"\x00" * 60)),
    _with("a-program-as-picture", TEXT, file("foto.png", b"MZ\x90\x00" + b"\x00" * 60, "image/png")),
    _with("svg", TEXT, file("logo.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")),
    _with("html-as-a-file", TEXT, file("pagina.html", b"<html><script>1</script></html>", "text/html")),
    _with("macros", TEXT, file("planilla.xlsm", zipped(**{"[Content_Types]_xml": b"x", "xl__vbaProject_bin": b"x"}))),
    _with("zip", TEXT, file("capturas.zip", zipped(a_txt=b"hola"), "application/zip")),
    _with("zip-in-zip", TEXT, file("todo.zip", zipped(otro_zip=zipped(a_txt=b"x")), "application/zip")),
    _with("zip-bomb", TEXT, file("bomba.zip", zipped(**{f"c{n}_txt": b"\x00" * 60 * 2**20 for n in range(9)}), "application/zip")),
    _named("path-in-the-name", 'Content-Disposition: attachment; filename="../../etc/cron.d/pantalla.png"'),
    _named("windows-path-in-the-name", 'Content-Disposition: attachment; filename="C:\\\\fotos\\\\pantalla.png"'),
    _named("name-that-reads-backwards", 'Content-Disposition: attachment; filename="fa\u202egnp.exe.png"'),
    _named("name-rfc-2231", "Content-Disposition: attachment; filename*=utf-8''%C3%B1and%C3%BA.png"),
    _named("name-rfc-2231-in-pieces", "Content-Disposition: attachment; filename*0*=utf-8''%C3%B1an; filename*1*=d%C3%BA.png"),
    _named("name-rfc-2047", 'Content-Disposition: attachment; filename="=?utf-8?Q?=C3=B1and=C3=BA.png?="'),
    _named("no-name", "Content-Disposition: attachment"),
    _named("name-of-ten-thousand-letters", f'Content-Disposition: attachment; filename="{"x" * 10_000}.png"'),
    _named("name-of-dots", 'Content-Disposition: attachment; filename=".."'),
    _with("empty-file", TEXT, file("vacio.txt", b"", "text/plain")),
    _with("text-as-a-file", TEXT, file("notas.txt", "Ñandú".encode(), "text/plain; charset=utf-8")),
)
