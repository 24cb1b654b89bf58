"""What keeps the house in order: backup and restore, forgetting what is old, and saying what is wrong."""
