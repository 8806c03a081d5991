"""Where everything arbitrary about a placeholder comes from: its name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5


@dataclass(frozen=True)
class Seed:
    """Names one value; all that is drawn from it is always the same."""

    name: str

    def numbers(self, count: int) -> bytes:
        return hashlib.shake_128(self.name.encode()).digest(count)

    def text(self, length: int, alphabet: str) -> str:
        """So many characters of an alphabet."""
        number = int.from_bytes(self.numbers(length), "big")
        characters = []
        for _ in range(length):
            number, index = divmod(number, len(alphabet))
            characters.append(alphabet[index])
        return "".join(characters)

    def hex(self, length: int) -> str:
        return self.text(length, "0123456789abcdef")

    def digits(self, length: int) -> str:
        return self.text(length, "123456789")

    def uuid(self) -> str:
        return str(uuid5(NAMESPACE_URL, self.name))
