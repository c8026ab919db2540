"""The peers: the same questions answered in other ways. They know the contracts, and nothing of ours."""
