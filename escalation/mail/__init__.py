"""Mail that leaves: an outbox row to a message, a message to SMTP or a folder."""
