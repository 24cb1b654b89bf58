"""What the bot does: answer from the corpus, walk the customer through a report, open the ticket. Wording is in the domain."""
