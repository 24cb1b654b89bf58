"""What starts, checks and measures the whole: never imported by the product."""
