"""Programs to graphs."""
