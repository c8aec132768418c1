"""Who may: the key of the local API, the agents' PINs, and files that only their owner can read."""
