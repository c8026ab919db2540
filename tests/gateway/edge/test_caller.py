"""A token is checked once, however its header spells it."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.edge.caller import Callers
from gateway.settings import load
from tests.gateway.test_settings import GOOD
from upstreams.errors import Unauthenticated


class Keys:
    """One key, and how often it was asked for."""

    def __init__(self):
        self.private = rsa.generate_private_key(65537, 2048)
        self.asked = 0

    async def key(self, kid):
        self.asked += 1
        told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return jwt.PyJWK.from_dict({**told, "kid": kid, "alg": "RS256"})

    def token(self, issuer, **claims):
        claims = {"iss": issuer, "exp": time.time() + 60, **claims}
        return jwt.encode(claims, self.private, "RS256", headers={"kid": "one"}).encode()


async def test_one_token_is_one_caller_in_every_spelling_of_its_header():
    settings, keys = load(GOOD), Keys()
    callers, token = Callers(settings, keys), keys.token(settings.issuer, authorities=["ROLE_OF_NOBODY"])

    for header in (b"Bearer %s", b"Bearer   %s", b"bearer %s ", b"BEARER  %s", b"Bearer %s"):
        caller = await callers.caller_of({b"authorization": header % token})
        assert not caller.reads_nomis

    assert keys.asked == 1


async def test_a_token_that_has_ended_since_it_was_checked_is_refused():
    settings, keys = load(GOOD), Keys()
    callers = Callers(settings, keys)
    # The leeway lets it in, and what is remembered has ended already.
    header = {b"authorization": b"Bearer " + keys.token(settings.issuer, exp=time.time() - 10)}

    await callers.caller_of(header)
    await callers.caller_of(header)

    assert keys.asked == 2
    late = {b"authorization": b"Bearer " + keys.token(settings.issuer, exp=time.time() - 100)}
    with pytest.raises(Unauthenticated):
        await callers.caller_of(late)
