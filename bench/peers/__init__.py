"""The peers: the same question answered in other ways. They know the contracts, and nothing of the gateway."""
