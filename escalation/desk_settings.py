"""What an administrator decides for the whole desk while it runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from escalation import audit
from escalation.admin_models import DeskSetting
from escalation.audit import Actor

SECOND_FACTOR_REQUIRED = "second_factor_required"
YES, NO = "1", "0"


def second_factor_required(session: Session) -> bool:
    """Whether all of staff must have a second factor."""
    row = session.get(DeskSetting, SECOND_FACTOR_REQUIRED)
    return row is not None and row.value == YES


def require_second_factor(session: Session, required: bool, actor: Actor, now: datetime) -> None:
    """From now on (not) everybody of staff must have one."""
    session.merge(DeskSetting(name=SECOND_FACTOR_REQUIRED, value=YES if required else NO))
    audit.record(session, audit.SETTING_CHANGED, actor, SECOND_FACTOR_REQUIRED, now, to=required)
