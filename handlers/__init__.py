"""HTTP and websockets. Knows Tornado; holds no SQL, no Redis, no Pillow."""
