"""From the current state to what a directory would have to say for nothing to change."""
