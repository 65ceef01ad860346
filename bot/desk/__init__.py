"""The agents' desk: sign-in, its API, its live socket, its pages."""
