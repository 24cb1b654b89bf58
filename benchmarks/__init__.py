"""Commands that print ratios measured side by side in one run; they never fail on a wall time."""
