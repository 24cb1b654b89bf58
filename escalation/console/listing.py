"""A list of tickets as an address says it: the names of its parameters, and what they mean."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from escalation.desk.wanted import Wanted, wanted_from

# In the address, and in desk.wanted.
PARAMETERS = {
    "cola": "queue",
    "area": "area",
    "prioridad": "priority",
    "responsable": "assignee",
    "etiqueta": "tag",
    "cliente": "customer_id",
    "orden": "sort",
}
STATUSES = "estado"


def wanted_of(args: MultiDict[str, str]) -> Wanted:
    """The list of an address; what is unknown in it is left out."""
    given: dict[str, Any] = {own: args.get(name, "") for name, own in PARAMETERS.items()}
    return wanted_from({**given, "statuses": args.getlist(STATUSES)})


def args_of(wanted: Wanted) -> dict[str, Any]:
    """For ``url_for``."""
    stored = wanted.as_dict()
    args = {name: stored[own] for name, own in PARAMETERS.items() if own in stored}
    return {**args, STATUSES: stored["statuses"]} if "statuses" in stored else args
