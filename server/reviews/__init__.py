"""What guests said of a house."""
