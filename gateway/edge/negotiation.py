"""Which of the two media types an answer has, by the request's `Accept` (GraphQL over HTTP)."""

RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"


def answer_type(accept: str | None) -> str:
    """Return the type to answer with: the newer one where it is named, else the one every client reads."""
    named = {part.partition(";")[0].strip().lower() for part in (accept or "").split(",")}
    return RESPONSE_JSON if RESPONSE_JSON in named else JSON
