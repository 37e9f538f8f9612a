"""Local mode: everything that one machine needs to run the whole site, and nothing that production uses."""
