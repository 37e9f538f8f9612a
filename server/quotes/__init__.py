"""What a stay costs, line by line."""
