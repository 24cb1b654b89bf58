"""What a customer has already told in a message: pure rules, no Rasa, no Flask, no network."""
