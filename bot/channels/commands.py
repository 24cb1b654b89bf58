"""What the door itself says to Rasa in a customer's place; each is an intent of the domain, as a button's payload is."""

from __future__ import annotations

GREETING = "/greet"
# After the door checked a code that the customer typed.
LOGGED_IN, CODE_REFUSED, CODE_TROUBLE = "/logged_in", "/code_refused", "/code_trouble"
FILE_ADDED = "/file_added"
# A code that was not checked yet: stands on a stored message only, Rasa never hears it.
CODE_TYPED = "/code_typed"
