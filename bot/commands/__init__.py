"""What `python -m bot` can do."""
