"""Made-up customers who talk to the running system at random; see tests/simulate.py."""
