"""Warmline's server: the doors, the conversation log, the queue and the agents' desk."""
