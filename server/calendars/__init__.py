"""Calendars of other sites: what a house shows them, and the nights that they take from it."""
