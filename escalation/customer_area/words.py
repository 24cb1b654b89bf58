"""What the forms of the Área de Clientes say about what cannot be taken. es-AR, courteous usted."""

from __future__ import annotations

from escalation.account import PASSWORD_MAX
from escalation.addresses import ADDRESSES_MAX, MAX_PER_HOUR
from escalation.auth.login import TOO_MANY
from escalation.customers import PASSWORD_MIN

NOT_THE_SAME = "No es igual a la contraseña nueva. Escríbala otra vez."
OWN_PASSWORD_WRONG = "La contraseña actual no es correcta."  # noqa: S105
PASSWORD_WRONG = {
    "short": f"Tiene que tener al menos {PASSWORD_MIN} caracteres. Varias palabras juntas son fáciles de recordar.",
    "long": f"Puede tener hasta {PASSWORD_MAX} caracteres.",
    "address": "No puede ser su dirección de correo.",
    "same": "Es la contraseña que ya tenía. Elija otra.",
}
ADDRESS_WRONG = {
    "own": "Esa dirección ya está registrada en su cuenta.",
    "many": f"Puede registrar hasta {ADDRESSES_MAX} direcciones. Quite antes una que ya no use.",
}
ADDRESS_MALFORMED = "Escriba una dirección completa, por ejemplo nombre@sudominio.com.ar."
ADDRESS_TOO_OFTEN = f"Puede pedir hasta {MAX_PER_HOUR} confirmaciones por hora. Espere un rato y pruebe de nuevo."
TOO_MANY_TRIES = TOO_MANY
