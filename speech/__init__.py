"""Ears and mouth: recognisers, synthesisers, voice activity, audio formats, the model catalogue.

Knows nobody else in the project. Everything here blocks: call it on an executor thread.
"""
