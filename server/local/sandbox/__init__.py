"""The sandbox: one small HTTP server that plays the outside world with the real protocols. Local mode only."""

from server.local.sandbox.server import serve_sandbox

__all__ = ["serve_sandbox"]
