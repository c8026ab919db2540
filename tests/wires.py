"""What a gateway says to bytes as they are, on a connection of their own."""

import asyncio


async def all_said_to(url, *pieces):
    """Send pieces, and return all that the gateway says until it hangs up."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(10):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return (await reader.read()).decode()
    except ConnectionError:
        return ""
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


def statuses(said):
    return [int(one[:3]) for one in said.split("HTTP/1.1 ")[1:]]
