"""Areas and facilities: the rows that are the same everywhere."""
