"""What an answer may be, by `Accept` and its kin: one of the two media types of GraphQL over HTTP."""

from functools import lru_cache

from upstreams.errors import CallerError

RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"


class NotAcceptable(CallerError):
    """The caller takes neither of the two media types."""

    code = "BAD_USER_INPUT"
    status = 406


@lru_cache(maxsize=256)
def answer_type(accept: bytes) -> str:
    """Return the media type to answer with. Raises `NotAcceptable`.

    The one that is liked better; of two liked equally the newer one where it is named, and else the one that
    every client reads. Remembered, because a client always sends the same.
    """
    liked = qualities(accept.decode("latin-1")) or {"*/*": 1.0}
    best = max(
        (JSON, RESPONSE_JSON),
        key=lambda offer: (_quality(offer, liked), offer == RESPONSE_JSON and offer in liked),
    )
    if _quality(best, liked) == 0:
        raise NotAcceptable(f"Answers are {RESPONSE_JSON} or {JSON}: accept one of them.")
    return best


def _quality(offer: str, liked: dict[str, float]) -> float:
    """Return how much a media type is liked, by the most specific range that names it."""
    ranges = (offer, f"{offer.partition('/')[0]}/*", "*/*")
    return next((liked[one] for one in ranges if one in liked), 0.0)


def qualities(header: str) -> dict[str, float]:
    """Return what a header of the `Accept` family names, each with its quality (RFC 9110, section 12.4.2).

    An unreadable quality counts as 0: what is not understood is not taken for a wish.
    """
    named = {}
    for part in header.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        if name:
            named[name] = next((_weight(one) for one in parameters if one.startswith("q=")), 1.0)
    return named


def _weight(parameter: str) -> float:
    try:
        weight = float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
