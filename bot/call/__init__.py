"""One voice call: when the caller has finished, what was heard, what is said and how much of it."""
