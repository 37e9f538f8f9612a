"""Finding houses: what may be asked, the words index, pages and cursors."""
