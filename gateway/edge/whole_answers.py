"""A transport that writes an answer's head with what follows it: each write is a system call."""

import asyncio
from typing import Any

INTERIM = b"HTTP/1.1 100 "


class WholeAnswers:
    """Holds a head back until the first piece of its body is written, which uvicorn does next.

    `flush` writes a head that no body follows. All else is the transport's own.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write a piece, or hold it back if it is a head."""
        if self._head is not None:
            head, self._head = self._head, None
            self._transport.writelines((head, data))
        elif data.endswith(b"\r\n\r\n") and data.startswith(b"HTTP/") and not data.startswith(INTERIM):
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Write what is held back."""
        if self._head is not None:
            head, self._head = self._head, None
            self._transport.write(head)

    def close(self) -> None:
        """Close, once all is written."""
        self.flush()
        self._transport.close()
