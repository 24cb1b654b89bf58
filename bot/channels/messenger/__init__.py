"""The company's Facebook Page as a chat channel: events in by webhook, a queue out through Meta's Send API."""
