"""The Área de Clientes: where a customer sees and follows his tickets, and has his account in hand. Works without JavaScript."""

from __future__ import annotations

# Each puts its routes on the blueprint.
from escalation.customer_area import (
    account,  # noqa: F401
    addresses,  # noqa: F401
    data,  # noqa: F401
    kept,  # noqa: F401
    log_in,  # noqa: F401
    logins,  # noqa: F401
    new_ticket,  # noqa: F401
    password,  # noqa: F401
    rating,  # noqa: F401
    recovery,  # noqa: F401
    thread,  # noqa: F401
    ticket_list,  # noqa: F401
)
from escalation.customer_area.door import blueprint

__all__ = ["blueprint"]
