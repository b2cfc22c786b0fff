"""What is spent, and the bounds that are never passed.

Before a request is sent its highest possible cost is set aside; afterwards what it really cost is
booked. A tokenizer over bytes gives at most one token a byte, so bytes bound the tokens sent.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from kg.backends.llm.service import Service
from kg.errors import ServiceError

__all__ = ["Budget", "Usage", "expected_tokens"]

_BYTES_PER_TOKEN = 3  # of UTF-8; English has about 4, Portuguese 3.5: rather too many than too few


def expected_tokens(text: str) -> int:
    """About how many tokens *text* is, rather too many."""
    return -(-len(text.encode("utf8", "replace")) // _BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens sent and received."""

    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


class Budget:
    """Requests, tokens and cost of one run; many threads may book at once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.calls = 0
        self.used = Usage()
        self._open = 0.0  # cost set aside for requests under way
        self._lock = threading.Lock()

    @property
    def cost(self) -> float:
        """What has been spent."""
        return self.service.cost(self.used.tokens_in, self.used.tokens_out)

    def reserve(self, most: Usage) -> None:
        """Set aside a request that costs at most *most*.

        Raises
        ------
        ServiceError
            Where a bound would be passed.
        """
        service, price = self.service, self._price(most)
        with self._lock:
            if service.max_calls is not None and self.calls >= service.max_calls:
                raise ServiceError(_used_up(f"{service.max_calls} calls", "--max-calls"))
            if service.max_cost is not None and self.cost + self._open + price > service.max_cost:
                raise ServiceError(_used_up(f"{service.max_cost:g}", "--max-cost"))
            self.calls += 1
            self._open += price

    def settle(self, most: Usage, used: Usage) -> None:
        """Book what a request that was set aside as *most* has *used*."""
        with self._lock:
            self._open = max(0.0, self._open - self._price(most))
            self.used += used

    def _price(self, usage: Usage) -> float:
        return self.service.cost(usage.tokens_in, usage.tokens_out)


def _used_up(bound: str, option: str) -> str:
    return (
        f"the budget of {bound} for the language model is used up; raise {option} and run again: "
        "what was answered is kept"
    )
