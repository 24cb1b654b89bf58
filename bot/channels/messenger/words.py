"""What the Messenger channel itself says to customers (es-AR, usted). The bot's own words live in its domain."""

from __future__ import annotations

from collections.abc import Sequence

# What a reply that says by itself that a bot speaks has in it (the domain's greeting).
SAYS_BOT = "asistente automático"
DISCLOSURE = "Le responde el asistente automático de CSIserver."
BACK_FROM_PERSON = (
    "Vuelve a responderle el asistente automático de CSIserver. "
    "Si prefiere que lo siga una persona, escriba «hablar con una persona»."
)
TYPE_THE_NUMBER = "Escriba el número de la opción."
CHOOSE = "Elija una opción:"
ALREADY_IN = "Ya ingresé"
OTHER_WAYS = "Si está en una computadora o prefiere no ingresar la contraseña:"

NO_BOT = (
    "En este momento el asistente no está disponible. Su mensaje quedó guardado y le respondo por aquí apenas vuelva. "
    "Mientras tanto puede buscar en la Mesa de Ayuda: {help_url}"
)
NOT_UNDERSTOOD = "No pude procesar ese mensaje. ¿Puede escribirlo de otra manera, por favor?"
UNSUPPORTED = "No puedo ver ese tipo de mensaje. Cuénteme con palabras qué le pasa, o envíe una captura de pantalla."
STICKER = "¡Gracias! Cuénteme con palabras en qué puedo ayudarlo."
LOCATION = "No necesito su ubicación. Cuénteme con palabras qué le pasa."
CUT = "Su mensaje era muy largo: tomé los primeros {most} caracteres. Si falta algo importante, envíelo como archivo."
LINK_FAILED = "No pude vincular su cuenta: el ingreso venció o no corresponde a esta conversación. Pruebe de nuevo."
LINK_DOWN = "En este momento no puedo comprobar su ingreso. Pruebe de nuevo en unos minutos, por favor."
AUDIO = "Guardé el audio, pero no puedo escucharlo. Cuénteme también por escrito qué le pasa, así busco la respuesta."
NOT_FETCHED = "No pude recibir el archivo. ¿Puede enviarlo de nuevo?"

LIKE_SHOWN, LIKE_MEANS = "👍", "sí"
STICKER_SHOWN, LOCATION_SHOWN, UNSUPPORTED_SHOWN = "[sticker]", "[ubicación]", "[mensaje no admitido]"
LINKED_SHOWN, UNLINKED_SHOWN = "[vinculó su cuenta]", "[desvinculó su cuenta]"
FILE_NAMES = {"image": "imagen", "audio": "audio", "video": "video", "file": "archivo"}


def files_received(names: Sequence[str]) -> str:
    """Several files of one message."""
    return f"Recibí {len(names)} archivos: {', '.join(names)}."
