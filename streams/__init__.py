"""Everything up to and around the log."""
