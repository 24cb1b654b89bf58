"""From a customer's words to a decision: pure Python over the corpus and the phrasings, without Rasa and without Flask."""
