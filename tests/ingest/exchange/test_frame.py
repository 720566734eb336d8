"""The package frame: what is sealed opens again, and no byte of it can change."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import BadPackage
from ingest.exchange import frame

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
BODY = b"what is sent"


def sealed(body: bytes = BODY) -> bytes:
    head = {"name": "æ", "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return frame.seal(frame.MAGIC, head, body, KEY)


def opens(data: bytes) -> frame.Part:
    part = frame.split(data, frame.MAGIC, frame.LARGEST_HEADER)
    frame.check_signature(part, PUBLIC)
    return part


def test_what_is_sealed_opens() -> None:
    assert opens(sealed()).body == BODY


def test_every_changed_byte_is_refused() -> None:
    whole = sealed()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        with pytest.raises(BadPackage):
            opens(bytes(changed))


def test_every_missing_byte_is_refused() -> None:
    whole = sealed()
    for place in range(len(whole)):
        with pytest.raises(BadPackage):
            opens(whole[:place] + whole[place + 1 :])
        with pytest.raises(BadPackage):
            opens(whole[:place])


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 400), added=st.binary(min_size=1, max_size=8))
def test_added_bytes_are_refused(place: int, added: bytes) -> None:
    whole = sealed()
    place = min(place, len(whole))
    with pytest.raises(BadPackage):
        opens(whole[:place] + added + whole[place:])


def test_an_inner_part_never_passes_for_an_outer_one() -> None:
    head = {"bytes": len(BODY), "sha256": hashlib.sha256(BODY).hexdigest()}
    inner = frame.seal(frame.INNER, head, BODY, KEY)
    swapped = frame.MAGIC + inner[len(frame.INNER) :]
    with pytest.raises(BadPackage):
        opens(swapped)


@pytest.mark.parametrize("text", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1,"a":1}', b"[]", b'{"a":NaN}', b"\xff", b""])
def test_a_head_that_is_not_canonical_is_refused(text: bytes) -> None:
    signed = frame.MAGIC + len(text).to_bytes(frame.LENGTH, "big") + text
    with pytest.raises(BadPackage) as refused:
        opens(signed + KEY.sign(signed) + BODY)
    assert refused.value.reason_code == "bad-head"


def test_another_key_is_refused() -> None:
    part = frame.split(sealed(), frame.MAGIC, frame.LARGEST_HEADER)
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    with pytest.raises(BadPackage) as refused:
        frame.check_signature(part, other)
    assert refused.value.reason_code == "wrong-signature"
