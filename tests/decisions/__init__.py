"""Programs of decisions."""
