"""What the front door itself says to customers (es-AR, usted): where there is no bot to say it, or only the door knows.

The bot's own words live in its domain.
"""

from __future__ import annotations

from collections.abc import Iterable

from wire.redaction import Kind

NO_BOT = (
    "En este momento el asistente no está disponible (puede estar iniciando). Su mensaje quedó guardado: vuelva a intentarlo "
    "en un minuto. Mientras tanto puede buscar en la [Mesa de Ayuda]({help_url}). Si no puede comunicarse por aquí ni por "
    "correo: [Facebook](https://www.facebook.com/CSIserver) o [Twitter](https://twitter.com/CSIserver)."
)
BUSY = "Todavía estoy respondiendo su mensaje anterior. Espere un momento y vuelva a enviarlo."

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


def hidden(kinds: Iterable[Kind]) -> str:
    """What was hidden in a message and why, a line a kind. The secret itself is in none."""
    return "\n".join(_HIDDEN[kind] for kind in kinds)
