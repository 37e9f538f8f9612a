"""Houses: published, edited and shown."""
