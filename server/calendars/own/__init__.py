"""The calendar that a house shows to other sites."""
