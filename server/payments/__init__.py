"""Payments: the way to the cashier, the provider's notices, refunds."""
