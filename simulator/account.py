"""The simulated account, and credentials that mean nothing anywhere."""

from __future__ import annotations

from typing import Final

ACCOUNT: Final = "123456789012"
ACCESS_KEY: Final = "AKIASIMULATOR0000000"
SECRET_KEY: Final = "a-simulator-has-no-secrets"
