"""Redis in front of MySQL, and the encoded bytes in this process in front of Redis."""

from server.cache.model import Cached, CacheKey, encode
from server.cache.service import ReadCache

__all__ = ["CacheKey", "Cached", "ReadCache", "encode"]
