"""Pictures: checked, re-encoded, stored by their content, counted and swept."""
