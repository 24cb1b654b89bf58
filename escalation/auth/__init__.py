"""Who may call what: one rule on every route, checked before it runs."""
