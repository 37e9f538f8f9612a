"""SMS codes: their rules, their life, and the platform that carries them."""
