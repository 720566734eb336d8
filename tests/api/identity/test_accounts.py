"""Local accounts: what is kept, who gets in, and what an unknown name costs."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from api.identity.accounts import ONE_TIME_LIFE, Accounts
from api.identity.passwords import LONGEST, SHORTEST, Passwords, check_new, is_common, one_time
from graph.access import disable, enable
from graph.errors import BadInput, Conflict, NotSignedIn, Overloaded, Refused, StoreUnavailable
from graph.home import Home
from tests.api.identity.conftest import WORD
from tests.homes import MADE


def test_a_right_password_gets_in_and_nothing_else_does(accounts: Accounts) -> None:
    accounts.sign_in("ida.lind", WORD, None, at=MADE)
    for user, password in (("ida.lind", WORD + "x"), ("ida.lind", ""), ("bo", WORD), ("", ""), ("\ud800", "\ud800")):
        with pytest.raises(NotSignedIn):
            accounts.sign_in(user, password, None, at=MADE)


def test_letters_that_are_written_two_ways_are_one(home: Home, accounts: Accounts) -> None:
    accounts.change("ida.lind", WORD, "båd og å i regnvejr", at=MADE)
    accounts.sign_in("ida.lind", "ba\u030ad og a\u030a i regnvejr", None, at=MADE)


def test_refusals_tell_no_difference(home: Home, accounts: Accounts) -> None:
    disable(home, "bo.krog", by="test", reason="left", at=MADE)
    said = set()
    for user, password in (("ida.lind", "wrong"), ("nobody", "wrong"), ("bo.krog", WORD), ("bo.krog", "wrong")):
        with pytest.raises(NotSignedIn) as caught:
            accounts.sign_in(user, password, None, at=MADE)
        said.add((caught.value.message, caught.value.reason_code, caught.value.status))
    assert len(said) == 1
    enable(home, "bo.krog", by="test", reason="back", at=MADE)
    accounts.sign_in("bo.krog", WORD, None, at=MADE)


def test_an_unknown_name_costs_a_hash_like_a_known_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []

    class Counted(PasswordHasher):
        def verify(self, kept: str | bytes, password: str | bytes) -> Literal[True]:
            worked.append(str(kept).rpartition("$")[0].rpartition("$")[0])
            return super().verify(kept, password)

    made = Accounts(home, Passwords(home, Counted(time_cost=1, memory_cost=64, parallelism=1)))
    made.set("planner", WORD, by="test", at=MADE)
    for user in ("planner", "nobody"):
        with pytest.raises(NotSignedIn):
            made.sign_in(user, "wrong", None, at=MADE)
    assert len(worked) == 2 and worked[0] == worked[1]


def test_a_one_time_password_serves_once_and_not_for_ever(accounts: Accounts) -> None:
    given = accounts.set_one_time("ida.lind", by="eva.dam", at=MADE, new=False)
    with pytest.raises(Refused) as asked:
        accounts.sign_in("ida.lind", given, None, at=MADE)
    assert asked.value.reason_code == "new-password"
    with pytest.raises(BadInput):
        accounts.sign_in("ida.lind", given, "kort", at=MADE)
    with pytest.raises(BadInput):
        accounts.sign_in("ida.lind", given, given, at=MADE)
    accounts.sign_in("ida.lind", given, "syv blå sejl i vinden", at=MADE)
    with pytest.raises(NotSignedIn):
        accounts.sign_in("ida.lind", given, "syv røde sejl i vinden", at=MADE)
    late = accounts.set_one_time("ida.lind", by="eva.dam", at=MADE, new=False)
    with pytest.raises(Refused) as run_out:
        accounts.sign_in("ida.lind", late, "ni grå sejl i vinden", at=MADE + ONE_TIME_LIFE)
    assert run_out.value.reason_code == "one-time-expired"
    accounts.sign_in("ida.lind", late, "ni grå sejl i vinden", at=MADE + ONE_TIME_LIFE - timedelta(seconds=1))


def test_what_is_kept_opens_nothing_in_another_place(home: Home, accounts: Accounts) -> None:
    place = home.path / "identity" / "accounts.json"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600 and stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    body = json.loads(place.read_text())
    assert WORD not in place.read_text()
    kept = body["accounts"]
    assert kept["ida.lind"]["kept"].startswith("$argon2id$")
    kept["bo.krog"], kept["ida.lind"] = kept["ida.lind"], kept["bo.krog"]
    place.write_text(json.dumps(body))
    with pytest.raises(NotSignedIn):
        accounts.sign_in("ida.lind", WORD, None, at=MADE)


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"accounts": {"ida.lind": {"kept": 1, "why": 2}}}', '{"accounts": 3}']
)
def test_a_damaged_file_lets_nobody_in(home: Home, accounts: Accounts, damage: str) -> None:
    (home.path / "identity" / "accounts.json").write_text(damage)
    with pytest.raises(StoreUnavailable):
        accounts.sign_in("ida.lind", WORD, None, at=MADE)


def test_an_account_is_not_made_twice(accounts: Accounts) -> None:
    with pytest.raises(Conflict):
        accounts.set("ida.lind", "otte sorte får på række", by="test", at=MADE)
    with pytest.raises(BadInput):
        accounts.set_one_time("nobody", by="test", at=MADE, new=False)
    accounts.sign_in("ida.lind", WORD, None, at=MADE)


def test_sign_ins_wait_their_turn_and_not_longer(
    home: Home, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.identity.passwords.PATIENCE", 0.01)
    gate = accounts._passwords._gate
    gate.acquire()
    gate.acquire()
    with pytest.raises(Overloaded):
        accounts.sign_in("ida.lind", WORD, None, at=MADE)
    gate.release()
    accounts.sign_in("ida.lind", WORD, None, at=MADE)


@pytest.mark.parametrize(
    "word",
    ["password1234", "Passw0rd1234!", "qwertyuiop12", "123456789012", "aaaaaaaaaaaa", "Sommer2026!!!", "Velkommen2026",
     "krydsfeltkrydsfelt", "jensen12345678", "JENSEN-jensen!", "abcabcabcabc", "P@ssw0rdP@ssw0rd", "2026-11-24-2026"],
)  # fmt: skip
def test_what_everybody_thinks_of_is_refused(word: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_new(word, "per.jensen")
    assert caught.value.reason_code == "password-common"


@pytest.mark.parametrize(
    "word",
    [WORD, "correct horse battery", "tg7Kq-9wz!Lm2", "§%&/()=?`´+0", "пароль из слов", "密码由四个词组成而且很长"],
)
def test_any_letters_will_do(word: str) -> None:
    check_new(word, "per.jensen")


def test_length_is_what_is_asked() -> None:
    for length in (0, SHORTEST - 1, LONGEST + 1):
        with pytest.raises(BadInput) as caught:
            check_new(("xk4f9mmp2cq7" * 30)[:length], "u")
        assert caught.value.reason_code == "password-length"
    for length in (SHORTEST, LONGEST):
        check_new(("xk4f9mmp2cq7" * 30)[:length], "u")


@given(st.text(max_size=40), st.text(max_size=20))
def test_the_check_answers_whatever_comes(password: str, user: str) -> None:
    assert is_common(password, user) in (True, False)


def test_one_time_passwords_pass_the_rules() -> None:
    drawn = {one_time() for _ in range(200)}
    assert len(drawn) == 200
    for word in drawn:
        check_new(word, "ida.lind")
