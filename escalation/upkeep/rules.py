"""One rule of what is forgotten when it has grown old, and the two ways of forgetting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, update
from sqlalchemy.orm import Session

Which = Callable[[datetime], Select[Any]]
Forget = Callable[[Session, Select[Any]], None]


@dataclass(frozen=True)
class Rule:
    """``days``: older than that. ``which``: the keys of the rows, given the moment before which they are old."""

    name: str
    says: str
    days: int
    which: Which
    forget: Forget


def deleted(model: Any, key: Any) -> Forget:
    """The rows are gone."""

    def forget(session: Session, keys: Select[Any]) -> None:
        session.execute(delete(model).where(key.in_(keys)), execution_options={"synchronize_session": False})

    return forget


def emptied(model: Any, key: Any, **values: Any) -> Forget:
    """The rows stay, with ``values``."""

    def forget(session: Session, keys: Select[Any]) -> None:
        session.execute(update(model).where(key.in_(keys)).values(**values), execution_options={"synchronize_session": False})

    return forget
