"""Rasa's side of the house. Modules without a Rasa import are used from both environments."""
