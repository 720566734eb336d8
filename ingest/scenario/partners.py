"""Made-up partners abroad and their keys. The keys follow from the seed: they protect nothing but made-up data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ingest.scenario.markings import HOME
from ingest.scenario.voice import Ref

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner with public and private keys."""

    id: str
    name: str
    org: str
    sign_seed: str
    sign_key: str
    age_identity: str
    age_recipient: str

    @property
    def ref(self) -> Ref:
        return Ref(self.id, "Partner")


def make_partners(seed: int) -> tuple[Partner, ...]:
    """Five partners."""
    names = (
        "Nordkysten politi",
        "Grænselandets efterretning",
        "Kontaktpunkt Syd",
        "Øststaternes analysecenter",
        "Fælles koordinering",
    )
    return tuple(_partner(seed, f"partner-{n:02d}", name) for n, name in enumerate(names, 1))


def _partner(seed: int, name: str, title: str) -> Partner:
    sign = hashlib.sha256(f"{seed}/{name}/sign".encode()).digest()
    age = hashlib.sha256(f"{seed}/{name}/age".encode()).digest()
    public = Ed25519PrivateKey.from_private_bytes(sign).public_key().public_bytes_raw()
    recipient = X25519PrivateKey.from_private_bytes(age).public_key().public_bytes_raw()
    return Partner(
        name,
        title,
        f"org-{name}",
        sign.hex(),
        public.hex(),
        bech32("age-secret-key-", age).upper(),
        bech32("age", recipient),
    )


def bech32(prefix: str, content: bytes) -> str:
    """Bech32 (BIP 173), the text form of age keys.

    Examples
    --------
    >>> bech32("age", bytes(32))[:10]
    'age1qqqqqq'
    """
    bits, buffer, data = 0, 0, []
    for byte in content:
        buffer, bits = (buffer << 8 | byte) & 0xFFF, bits + 8
        while bits >= 5:
            bits -= 5
            data.append(buffer >> bits & 31)
    if bits:
        data.append(buffer << (5 - bits) & 31)
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*expanded, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    data += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(_ALPHABET[d] for d in data)


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            check ^= generator if top >> i & 1 else 0
    return check


def write_partners(out: Path, partners: tuple[Partner, ...]) -> None:
    """`partners.yaml`, and each partner's own keys in a folder that `krydsfelt init --partner` reads."""
    listed = {
        p.id: {"name": p.name, "org": p.org, "sign_key": p.sign_key, "age_recipient": p.age_recipient} for p in partners
    }
    (out / "partners.yaml").write_text(yaml.safe_dump(listed, allow_unicode=True, sort_keys=True), encoding="utf-8")
    for partner in partners:
        folder = out / "partners" / partner.id
        folder.mkdir(parents=True)
        # a made-up partner cannot know a key that the user's own home draws later: it says whose first package it takes
        about = {"id": partner.id, **listed[partner.id], "first_contact": HOME}
        (folder / "partner.yaml").write_text(
            yaml.safe_dump(about, allow_unicode=True, sort_keys=True), encoding="utf-8"
        )
        (folder / "sign.ed25519").write_text(partner.sign_seed + "\n", encoding="ascii")
        (folder / "age.key").write_text(partner.age_identity + "\n", encoding="ascii")
