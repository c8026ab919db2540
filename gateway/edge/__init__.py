"""What happens to a request before the schema sees it, and to an answer before the caller does."""
