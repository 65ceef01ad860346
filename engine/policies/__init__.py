"""Rasa policies of our own, named in config.yml."""
