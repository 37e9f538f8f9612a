"""Work that follows from a transaction: written in it, published after it, done once."""
