"""The log every leg writes to and every screen reads from, and who owns the floor."""
