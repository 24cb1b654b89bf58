"""The chat doors: authenticate, store, acknowledge, talk to Rasa, render within each channel's limits."""
