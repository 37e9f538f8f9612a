"""Order events for the programs of hosts."""
