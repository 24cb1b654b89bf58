"""Rasa graph components and Rasa's own door: the only folder that imports rasa. Thin shells over ``bot.faq``."""
