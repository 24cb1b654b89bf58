"""The rules of a ticket, one module a rule. Verbs take a session and plain values, know no HTTP and never commit."""
