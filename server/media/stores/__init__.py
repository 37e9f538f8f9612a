"""The stores that IHOME_STORAGE can name, one a module."""
