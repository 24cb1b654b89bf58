"""What the front door itself says to customers (es-AR, usted): where there is no bot to say it, or only the door knows.

The bot's own words live in its domain.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.faq.live import published
from bot.wording import filled
from wire.redaction import Kind

_NO_BOT = (
    "En este momento el asistente no está disponible (puede estar iniciando). Su mensaje quedó guardado: vuelva a intentarlo "
    "en un minuto. Mientras tanto puede buscar en la [Mesa de Ayuda]({help_url}) o [reportar el problema]({help_url}reporte) sin "
    "el asistente. Si no puede comunicarse por aquí ni por correo: [Facebook]({{ support.facebook }}) o "
    "[Twitter]({{ support.twitter }})."
)
BUSY = "Todavía estoy respondiendo su mensaje anterior. Espere un momento y vuelva a enviarlo."

# Who speaks, in a copy of the conversation.
CUSTOMER_NAME, BOT_NAME, STAFF_NAME = "Usted", "Asistente automático", "Soporte"

_HIDDEN = {
    Kind.PASSWORD: (
        "Oculté la contraseña que escribió: no la necesito y no queda guardada. Le conviene cambiarla. "
        "Nadie de Soporte le pedirá una contraseña por este chat."
    ),
    Kind.CARD: (
        "Oculté los datos de la tarjeta que escribió: no los necesito y no quedan guardados. "
        "Los pagos se hacen siempre desde la factura, nunca por este chat."
    ),
    Kind.TOKEN: (
        "Oculté la clave de acceso (token) que escribió: no la necesito y no queda guardada. "
        "Le conviene anularla y crear una nueva."
    ),
    Kind.PRIVATE_KEY: (
        "Oculté la clave privada que escribió: no la necesito y no queda guardada. Le conviene reemplazarla por una nueva."
    ),
}

_MANY = "Ya hay muchos archivos en esta conversación. Abra el ticket con los que están; después puede agregar más."
_FILE = {
    "empty": "El archivo llegó vacío o incompleto. Pruebe a enviarlo de nuevo.",
    "size": "El archivo supera los 10 MB. Si es una captura, recórtela o guárdela en menor calidad y envíela de nuevo.",
    "type": "Ese tipo de archivo no se acepta. Puede enviar capturas, PDF, correos .eml, audios o texto.",
    "count": _MANY,
    "together": _MANY,
    "pace": "Ya envió muchos archivos seguidos. Espere unos minutos y pruebe de nuevo.",
}
_FILE_OTHER = "No pudimos aceptar ese archivo. Si es importante, cuéntenos en el chat qué muestra."
TOO_FAST = "Llegaron demasiados mensajes en poco tiempo. Espere un minuto y vuelva a enviar el suyo."


def no_bot(help_url: str) -> str:
    """The bot does not answer; ``help_url`` is the help centre's."""
    return str(filled(_NO_BOT, published().current().company)).format(help_url=help_url)


def hidden(kinds: Iterable[Kind]) -> str:
    """What was hidden in a message and why, a line a kind. The secret itself is in none."""
    return "\n".join(_HIDDEN[kind] for kind in kinds)


def file_refused(reason: str) -> str:
    """Why a file is not accepted, by the reason that :class:`bot.channels.escalation.FileRefused` gives."""
    return _FILE.get(reason, _FILE_OTHER)


def file_dropped(name: str, reason: str) -> str:
    """The same for a file that had been taken in and is gone now."""
    return f"No pudimos agregar el archivo «{name}». {file_refused(reason)}"
