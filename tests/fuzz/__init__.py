"""Plays the interface document against a running site: every answer must be one that the document tells of."""
