"""Nights that are not free: stays, the calendar, the host's blocks."""
