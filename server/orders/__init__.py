"""Orders: placed, accepted, paid, stayed and reviewed."""
