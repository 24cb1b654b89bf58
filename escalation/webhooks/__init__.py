"""Ticket events for other programs: written with their cause, signed, retried, logged. Model: standardwebhooks.com."""
