"""What a user is told without asking: the event log and the hub that watches task results."""
