"""Who people are: accounts, passwords, sessions, and the guard against guessing."""
