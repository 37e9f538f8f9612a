"""API tokens: how programs act for a user, within scopes."""
