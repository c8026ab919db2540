"""Plain Strawberry, as its users write it: its own view and data loaders, httpx, async fields, uvicorn.

It applies the same rules as the gateway and the other peers. It asks for the same columns of NOMIS whatever
was selected, because a data loader does not know what was.
"""
