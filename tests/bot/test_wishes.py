"""What is asked for by name, whatever else the message tells."""

from __future__ import annotations

import pytest

from bot.entities.wishes import MAX_LENGTH, Kind, Wish, outright, wish_of


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("quiero abrir un ticket porque no me anda el mail de ventas", Kind.TICKET, "no me anda el mail de ventas"),
        ("Hola, necesito hacer un reclamo por la factura de marzo", Kind.TICKET, "la factura de marzo"),
        ("no me anda el mail, abrime un ticket por favor", Kind.TICKET, "no me anda el mail"),
        ("hola quiero abrir un ticket, me sale error 550 al mandar", Kind.TICKET, "me sale error 550 al mandar"),
        ("quiero un ticket ya", Kind.TICKET, ""),
        ("quiero hablar con una persona", Kind.PERSON, ""),
        ("quiero hablar con alguien de carne y hueso, me tienen podrido los bots", Kind.PERSON, ""),
        ("el sitio no carga desde ayer y quiero que lo vea un técnico", Kind.PERSON, "el sitio no carga desde ayer"),
        ("no me sirve esto, pasame con un humano", Kind.PERSON, ""),
        ("¿y entonces cómo hablo con alguien?", Kind.PERSON, ""),
        ("mandé un ticket y nadie me contesta", Kind.STATUS, ""),
        ("nadie me responde el reclamo", Kind.STATUS, ""),
        ("necesito un teléfono para llamarlos ya", Kind.PHONE, ""),
        ("¿tienen whatsapp?", Kind.PHONE, ""),
        ("quiero que me llamen al 11 4444-5555", Kind.PHONE, "al 11 4444-5555"),
        ("te mando un audio", Kind.VOICE, ""),
    ],
)
def test_a_wish_is_heard_with_its_reason(text: str, kind: Kind, reason: str) -> None:
    assert wish_of(text) == Wish(kind, reason)


@pytest.mark.parametrize(
    "text",
    [
        "no quiero abrir un ticket",
        "¿cómo abro un ticket?",
        "en el área de clientes no me deja abrir un ticket",
        "ayer abri un ticket por el correo",
        "no me anda el mail en el teléfono",
        "quiero configurar el mail en el teléfono",
        "quiero cambiar el teléfono de contacto de mi cuenta",
        "la página tiene un botón de whatsapp que no anda",
        "no puedo mandar audios por mail",
        "en mi caso el sitio no responde",
        "no puedo hablar con nadie",
        "me suspendieron el servicio pero ya transferí, llámenme al 11 4701-9621",
        "",
    ],
)
def test_what_only_sounds_like_a_wish_is_none(text: str) -> None:
    assert wish_of(text) is None


def test_a_story_is_no_wish_however_it_ends() -> None:
    assert wish_of("no anda el correo " * (MAX_LENGTH // 18) + "y quiero abrir un ticket") is None


def test_news_of_a_ticket_and_matters_of_others_go_before_a_wish() -> None:
    claim = "deseo presentar un reclamo ante Edesur por el corte de luz"
    assert outright(claim, "requiere-ticket") is not None
    assert outright(claim, "fuera-de-tema") is None
    assert outright("quiero un ticket o saber del que mandé", "ticket_status") is None
