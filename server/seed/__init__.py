"""Houses, hosts and nights for people who want to look around or to measure; never in production."""
