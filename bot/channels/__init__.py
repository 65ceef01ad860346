"""The doors: web chat, machines, browser voice."""
