"""A home of persons with passwords: one analyst, one liaison, one administrator, each in a case where they work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from api.identity.accounts import Accounts, enter_user
from api.identity.passwords import Passwords
from graph.home import Home
from tests.homes import MADE

WORD = "fire gule elefanter"
RIGHTS = {
    "ida.lind": {"roles": ["analyst"], "purposes": ["prevent", "investigate"], "clearance": 2, "compartments": []},
    "bo.krog": {"roles": ["liaison"], "purposes": ["exchange"], "clearance": 2, "compartments": []},
    "eva.dam": {"roles": ["admin"], "purposes": ["oversight"], "clearance": 0, "compartments": []},
}

AddAccounts = Callable[[Home], Accounts]


@pytest.fixture
def cheap() -> Callable[[Home], Passwords]:
    """Passwords at a cost that tests can pay."""
    return lambda home: Passwords(home, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def accounts(home: Home, cheap: Callable[[Home], Passwords]) -> Accounts:
    """Accounts for each of `RIGHTS`, all with the same password."""
    made = Accounts(home, cheap(home))
    for user, rights in RIGHTS.items():
        enter_user(home, user, rights)
        made.set(user, WORD, by="test", at=MADE)
    return made
