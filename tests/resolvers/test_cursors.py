"""Cursors tell nothing, and take no other key's word."""

import base64

import pytest

from resolvers.cursors import BadCursor, Cursors, Place

PLACE = Place("LEI", "A1234BC", listing="0123456789abcdef", value="SMITH")


def test_a_cursor_leads_back_to_its_place_and_is_the_same_each_time():
    cursors = Cursors("secret")

    assert cursors.read(cursors.write(PLACE)) == PLACE
    assert cursors.write(PLACE) == Cursors("secret").write(PLACE)


def test_a_cursor_holds_nothing_of_the_person_in_the_clear():
    sealed = base64.urlsafe_b64decode(Cursors("secret").write(PLACE) + "==")

    assert b"A1234BC" not in sealed
    assert b"LEI" not in sealed
    assert b"SMITH" not in sealed


@pytest.mark.parametrize(
    "cursor", ["", "x", "A1234BC", "ä", "=" * 9, "A" * 600, Cursors("other").write(PLACE)]
)
def test_a_cursor_that_this_key_did_not_make_is_refused(cursor):
    with pytest.raises(BadCursor):
        Cursors("secret").read(cursor)


def test_an_altered_cursor_is_refused():
    cursor = Cursors("secret").write(PLACE)

    with pytest.raises(BadCursor):
        Cursors("secret").read(("B" if cursor[0] != "B" else "C") + cursor[1:])
