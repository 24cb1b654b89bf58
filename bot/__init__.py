"""The assistant: understanding, answering, the dialogue and the channels. Talks to ``escalation`` over HTTP only."""
