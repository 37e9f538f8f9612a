"""Notices of order changes by SMS."""
