"""Somebody who looks themselves up in the made-up Denmark is a sign that the inspector is shown, and nobody else is."""

from __future__ import annotations

from typing import Any

import pytest

from graph.home import PERSONAS, Home
from tests.api.conftest import SignIn, view_of

ME, COLLEAGUE = PERSONAS["analyst"], PERSONAS["liaison"]


def signs(sign_in: SignIn) -> list[dict[str, Any]]:
    inspector = sign_in("inspector")
    asked = {"purpose": "oversight", "case": None, "reason": "the weekly look at signs"}
    desk = f"/api/v1/views/{inspector.post('/api/v1/views', json=asked).json()['id']}/audit"
    found: list[dict[str, Any]] = inspector.get(f"{desk}/alerts").json()["alerts"]
    return [each for each in found if each["detector"] == "self-look-up"]


@pytest.mark.parametrize("text", [ME["name"], ME["name"].upper(), " ".join(reversed(ME["name"].split()))])
def test_by_name_however_it_is_written(sign_in: SignIn, home: Home, text: str) -> None:
    analyst = sign_in("analyst")
    found = analyst.get(f"{view_of(analyst, 'prevent')}/search", params={"q": text}).json()
    if text == ME["name"]:
        assert [hit["entity"]["delivered"] for hit in found["hits"]][:1] == [ME["entity"]]
    told = signs(sign_in)
    assert [each["user"] for each in told] == ["analyst"] and "the user's own" in told[0]["text"]


def test_by_ones_own_card(sign_in: SignIn, home: Home) -> None:
    analyst = sign_in("analyst")
    assert analyst.get(f"{view_of(analyst, 'prevent')}/entities/{ME['entity']}").status_code == 200
    assert [each["user"] for each in signs(sign_in)] == ["analyst"]


def test_a_colleague_is_no_sign_of_this_kind(sign_in: SignIn, home: Home) -> None:
    analyst = sign_in("analyst")
    view = view_of(analyst, "prevent")
    assert analyst.get(f"{view}/search", params={"q": COLLEAGUE["name"]}).json()["hits"]
    assert analyst.get(f"{view}/entities/{COLLEAGUE['entity']}").status_code == 200
    assert signs(sign_in) == []
