"""What callers see: types, scalars, enums and their descriptions."""
