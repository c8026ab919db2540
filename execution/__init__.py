"""How an operation runs: compiled once for its document, with graphql-core as the reference."""
