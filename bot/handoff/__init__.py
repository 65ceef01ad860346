"""From the assistant to a person and back: requests, the payload, presence, messages taken."""
