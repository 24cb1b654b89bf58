"""What is wrong with a chat channel, told by the channel and shown to staff until it is mended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.catalogue import N_
from escalation.messenger_models import ChannelAlarm

DETAIL_MAX = 300
# As staff read it. By the channel's kinds; the last for those that this house does not know yet.
TEXTS = {
    "token": N_(
        "Messenger no envía: Meta rechaza la clave de la página (token). Hay que generar una nueva y ponerla en "
        "MESSENGER_PAGE_TOKEN. Nada se pierde: lo que entra se guarda y lo que falta enviar sale apenas se arregle."
    ),
    "permission": N_(
        "Messenger no envía: la aplicación perdió el permiso de escribir en nombre de la página. "
        "Revise los permisos en Meta; los mensajes esperan."
    ),
    "restricted": N_(
        "Messenger no envía: Meta restringió la página. Revise su calidad y los avisos en Meta; los mensajes esperan."
    ),
    "abuse": N_("Messenger no envía: Meta bloqueó los envíos por un tiempo (código 368). Los mensajes esperan."),
}
OTHER = N_("Un canal de chat no funciona (%(channel)s). Los mensajes esperan.")


def raise_alarm(session: Session, channel: str, kind: str, detail: str, since: datetime) -> None:
    """The channel does not work since then; told again, it is the newer trouble that counts."""
    session.merge(ChannelAlarm(channel=channel, kind=kind, detail=detail[:DETAIL_MAX], since=since))


def clear(session: Session, channel: str) -> None:
    """It works again; the same where nothing was wrong."""
    session.execute(delete(ChannelAlarm).where(ChannelAlarm.channel == channel))


def current(session: Session) -> list[ChannelAlarm]:
    """Those that stand, the oldest first."""
    return list(session.scalars(select(ChannelAlarm).order_by(ChannelAlarm.since)))


def text_of(alarm: ChannelAlarm) -> str:
    """What staff read (es-AR)."""
    return TEXTS.get(alarm.kind, OTHER) % {"channel": alarm.channel}
