"""Who people really are: checked once, kept sealed, shown masked."""
