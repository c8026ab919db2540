"""The benchmark: `python -m bench`, and `python -m bench refusals` for what a refused document costs."""
