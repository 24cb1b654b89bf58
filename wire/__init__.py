"""What both sides of the HTTP border agree on: the conversation token, the request id, the form of a log line, health."""
