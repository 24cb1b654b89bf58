"""Commands of ``flask --app escalation`` beyond the first ones: tokens, people, backup, retention, doctor."""
