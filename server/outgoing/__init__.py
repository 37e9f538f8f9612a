"""Requests to addresses that users gave: never to our own network."""
