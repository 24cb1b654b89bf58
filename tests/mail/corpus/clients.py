"""Each program's way of quoting, in Spanish and English. Whatever the way, only "Sigue igual, gracias." is Carla's."""

from __future__ import annotations

from collections.abc import Callable

from tests.mail.corpus.case import Case, Context, mail, part, several

OWN = "Sigue igual, gracias."
OURS = "Hola, Carla Medina:\n\nRecibimos su ticket y ya está en manos de Soporte.\n\nMensaje de error: 550 5.7.1"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


Q = quoted(OURS)
US = "CSIserver Soporte <soporte@csiserver.com>"
BLOCK_ES = f"De: {US}\nEnviado: lunes, 30 de noviembre de 2026 10:05\nPara: Carla Medina\nAsunto: Recibimos su ticket\n\n{OURS}"
BLOCK_EN = f"From: {US}\nSent: Monday, November 30, 2026 10:05 AM\nTo: Carla Medina\nSubject: Recibimos su ticket\n\n{OURS}"
RULE = "_" * 32

BODIES = {
    "gmail-es": f"{OWN}\n\nEl lun, 30 nov 2026 a las 10:05, CSIserver Soporte (<soporte@csiserver.com>)\nescribió:\n\n{Q}",
    "gmail-es-one-line": f"{OWN}\n\nEl lun, 30 nov 2026 a la(s) 10:05, {US} escribió:\n\n{Q}",
    "gmail-en": f"{OWN}\n\nOn Mon, Nov 30, 2026 at 10:05 AM {US}\nwrote:\n\n{Q}",
    "gmail-phone-es": f"{OWN}\n\nEl lun., 30 de nov. de 2026 10:05 a. m., CSIserver Soporte <\nsoporte@csiserver.com> escribió:\n\n{Q}",
    "gmail-es-signature": f"{OWN}\n\n-- \nCarla Medina\nPanadería Lola\n\nEl lun, 30 nov 2026 a las 10:05, {US} escribió:\n\n{Q}",
    "outlook-es": f"{OWN}\n\nDe: {BLOCK_ES[4:]}",
    "outlook-es-enviado-el": f"{OWN}\n\n{BLOCK_ES.replace('Enviado:', 'Enviado el:')}",
    "outlook-es-bold": f"{OWN}\n\n*De:* {US}\n*Enviado:* lunes, 30 de noviembre de 2026\n*Para:* Carla\n*Asunto:* RE: x\n\n{OURS}",
    "outlook-en": f"{OWN}\n\n{BLOCK_EN}",
    "outlook-original-es": f"{OWN}\n\n-----Mensaje original-----\n{BLOCK_ES}",
    "outlook-original-en": f"{OWN}\n\n-----Original Message-----\n{BLOCK_EN}",
    "outlook-express-es": f"{OWN}\n  ----- Original Message ----- \n  From: CSIserver\n  To: Carla\n  Sent: Monday\n  Subject: x\n\n  {OURS}",
    "outlook-web-rule-es": f"{OWN}\n\n{RULE}\n{BLOCK_ES}",
    "outlook-web-rule-en": f"{OWN}\n\n{RULE}\n{BLOCK_EN}",
    "outlook-android-es": f"{OWN}\n\nObtener Outlook para Android<https://aka.ms/AAb9ysg>\n{RULE}\n{BLOCK_ES}",
    "outlook-ios-en": f"{OWN}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n{RULE}\n{BLOCK_EN}",
    "hotmail-es": f"{OWN}\n\nDate: Mon, 30 Nov 2026 10:05:00 -0300\nFrom: soporte@csiserver.com\nTo: carla@panaderialola.com.ar\n"
    f"Subject: x\n\n{OURS}".replace("Date: Mon, 30 Nov 2026 10:05:00 -0300\nFrom", "From").replace(
        "To: carla", "Date: Mon\nTo: carla"
    ),
    "apple-mail-es": f"{OWN}\n\n> El 30 nov 2026, a la(s) 10:05, {US} escribió:\n> \n{Q}",
    "apple-mail-en": f"{OWN}\n\n> On 30 Nov 2026, at 10:05, {US} wrote:\n> \n{Q}",
    "iphone-es": f"{OWN}\n\nEnviado desde mi iPhone\n\n> El 30 nov 2026, a la(s) 10:05, {US} escribió:\n> \n> \ufeff{Q}",
    "iphone-en": f"{OWN}\n\nSent from my iPhone\n\n> On Nov 30, 2026, at 10:05 AM, {US} wrote:\n> \n{Q}",
    "thunderbird-es": f"{OWN}\n\nEl 30/11/2026 a las 10:05, CSIserver Soporte escribió:\n{Q}",
    "thunderbird-es-old": f"{OWN}\n\nEl 30/11/26 10:05, CSIserver Soporte escribió:\n{Q}",
    "thunderbird-en": f"{OWN}\n\nOn 11/30/26 10:05 AM, CSIserver Soporte wrote:\n{Q}",
    "samsung-es": f"{OWN}\n\n\nEnviado desde mi Galaxy\n\n\n-------- Mensaje original --------\nDe: {US}\nFecha: 30/11/26 10:05 (GMT-03:00)\n"
    f"A: carla@panaderialola.com.ar\nAsunto: Recibimos su ticket\n\n{OURS}",
    "samsung-en": f"{OWN}\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: {US}\nDate: 11/30/26\nTo: Carla\n\n{OURS}",
    "yahoo-es": f"{OWN}\n\n    En lunes, 30 de noviembre de 2026, 10:05:00 ART, {US} escribió:  \n \n {OURS}",
    "yahoo-en": f"{OWN}\n\n    On Monday, November 30, 2026, 10:05:00 AM GMT-3, {US} wrote:  \n \n {OURS}",
    "yahoo-android-es": f"{OWN}\n\nEnviado desde Yahoo Mail para Android \n \n  El lun., nov. 30, 2026 a la(s) 10:05, {US} escribió:   {OURS}",
    "roundcube-es": f"{OWN}\n\nEl 2026-11-30 10:05, CSIserver Soporte escribió:\n{Q}",
    "roundcube-en": f"{OWN}\n\nOn 2026-11-30 10:05, CSIserver Soporte wrote:\n{Q}",
    "squirrelmail-es": f'{OWN}\n\n"CSIserver Soporte" <soporte@csiserver.com> escribió:\n{Q}',
    "horde-es": f"{OWN}\n\nCSIserver Soporte <soporte@csiserver.com> escribió:\n\n{Q}",
    "horde-en": f"{OWN}\n\nQuoting CSIserver Soporte <soporte@csiserver.com>:\n\n{Q}".replace("Quoting", "On 30, quoting").replace(
        "com>:", "com> wrote:"
    ),
    "zoho-es": f"{OWN}\n\n---- El lun, 30 nov 2026 10:05:00 -0300 {US} escribió ----\n\n{OURS}",
    "zoho-en": f"{OWN}\n\n---- On Mon, 30 Nov 2026 10:05:00 -0300 {US} wrote ----\n\n{OURS}",
    "proton-es": f"{OWN}\n\nEl lunes, 30 de noviembre de 2026 a las 10:05, {US} escribió:\n\n{Q}",
    "zimbra-es": f"{OWN}\n\n----- Mensaje original -----\nDe: soporte@csiserver.com\nPara: carla@panaderialola.com.ar\nEnviados: lunes\n\n{OURS}",
    "windows-mail-es": f"{OWN}\n\nEnviado desde Correo para Windows\n\nDe: {BLOCK_ES[4:]}",
    "folded-in-three": f"{OWN}\n\nEl lunes, 30 de noviembre de\n2026 a las 10:05, CSIserver\nSoporte <soporte@csiserver.com> escribió:\n\n{Q}",
    "below-the-quotation": f"El 30/11/2026 a las 10:05, CSIserver Soporte escribió:\n{Q}\n\n{OWN}",
    "no-quotation": OWN,
    "mojibake-attribution": f"{OWN}\n\nEl 30/11/2026 a las 10:05, CSIserver Soporte escribio:\n{Q}",
    "avast-line": f"{OWN}\n\nLibre de virus. www.avast.com\n\nEl 30/11/2026 a las 10:05, CSIserver Soporte escribió:\n{Q}",
}


def _reply(name: str, body: str) -> Callable[[Context], bytes]:
    def write(context: Context) -> bytes:
        return mail(name, body, f"In-Reply-To: {context.confirmation_id}", subject=f"Re: Recibimos su ticket {context.number}")

    return write


def _between(context: Context) -> bytes:
    body = "El 30/11/2026 a las 10:05, CSIserver Soporte escribió:\n> ¿Desde qué programa?\nDesde Outlook 2019.\n> ¿Siempre?\nSí, siempre.\n"
    return mail("answers-between-the-lines", body, f"In-Reply-To: {context.confirmation_id}", subject=f"Re: {context.number}")


def _unknown_program(context: Context) -> bytes:
    body = f"{OWN}\n\nUnbekanntes Programm:\n—— Para responder, escriba por encima de esta línea ——\n\n{OURS}\n\n{context.quoted}"
    return mail("only-our-line-tells", body, subject="Re: su mensaje")


def _only_quotation(context: Context) -> bytes:
    body = f"El 30/11/2026 a las 10:05, CSIserver Soporte escribió:\n{Q}"
    return mail("nothing-but-quotation", body, f"In-Reply-To: {context.confirmation_id}", subject=f"Re: {context.number}")


def _html(name: str, html: str) -> Callable[[Context], bytes]:
    def write(context: Context) -> bytes:
        headers = f"In-Reply-To: {context.confirmation_id}"
        return mail(name, html, headers, subject=f"Re: {context.number}", kind="text/html; charset=utf-8")

    return write


def _both(context: Context) -> bytes:
    html = f"<p>{OWN}</p><div class=gmail_quote>El lun escribió:<blockquote>{OURS}</blockquote></div>"
    plain = part(f"{OWN}\n\nEl lun, 30 nov 2026 a las 10:05, {US} escribió:\n{Q}", "text/plain; charset=utf-8")
    both = [plain, part(html, "text/html; charset=utf-8")]
    return several("plain-and-html", both, "multipart/alternative", subject=f"Re: {context.number}")


GMAIL_HTML = (
    f'<div dir="ltr">{OWN}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">El lun, 30 nov 2026 a las 10:05, CSIserver '
    f'Soporte (&lt;<a href="mailto:soporte@csiserver.com">soporte@csiserver.com</a>&gt;) escribió:<br></div><blockquote>{OURS}</blockquote></div>'
)
OUTLOOK_HTML = (
    f'<html><head><style>p{{margin:0}}</style></head><body><p class=MsoNormal>{OWN}<o:p></o:p></p><div style="border-top:solid"><p><b>De:</b> '
    f"CSIserver<br><b>Enviado el:</b> lunes, 30 de noviembre de 2026<br><b>Para:</b> Carla<br><b>Asunto:</b> RE</p></div><p>{OURS}</p></body></html>"
)

CASES = (
    *(Case(f"reply-{name}", _reply(f"reply-{name}", body)) for name, body in BODIES.items()),
    Case("answers-between-the-lines", _between),
    Case("only-our-line-tells", _unknown_program),
    Case("nothing-but-quotation", _only_quotation),
    Case("gmail-html-only", _html("gmail-html-only", GMAIL_HTML)),
    Case("outlook-html-only", _html("outlook-html-only", OUTLOOK_HTML)),
    Case("plain-and-html", _both),
)
