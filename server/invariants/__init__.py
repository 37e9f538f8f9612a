"""What must hold over all tables after a load, whoever made it."""
