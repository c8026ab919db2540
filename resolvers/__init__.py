"""How a field gets its value: loaders, the join, and the pure rules of the domain."""
