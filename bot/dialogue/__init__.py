"""The assistant: the engine's only client, and the one who answers what it owes."""
