"""Requests that may come twice and count once."""
