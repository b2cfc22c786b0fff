"""Which language model is asked, where, and within what bounds.

The key of the server stands in the environment variable ``KG_LLM_API_KEY`` and nowhere else: it is
read when a request is sent, and is no field of anything that is printed, stored or hashed.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from kg.errors import InputError

__all__ = ["DEFAULT_URL", "KEY", "MODEL", "URL", "Service", "hidden"]

KEY, URL, MODEL = "KG_LLM_API_KEY", "KG_LLM_URL", "KG_LLM_MODEL"  # environment variables
DEFAULT_URL = "http://127.0.0.1:11434/v1"  # where Ollama listens
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """A model behind a server that speaks the OpenAI-compatible chat protocol, and its bounds.

    ``url`` ends where ``/chat/completions`` follows. ``concurrency`` is how many requests run at
    once, ``timeout`` the seconds that one may take from first byte to last. ``max_calls`` and
    ``max_cost`` (None: no bound) are never passed; prices are for a million tokens, in the currency
    of ``max_cost``. ``max_tokens`` bounds one reply (None: by the length of what is asked).

    Raises
    ------
    InputError
        Where a field makes no sense, with the option or variable that mends it.
    """

    model: str
    url: str = DEFAULT_URL
    concurrency: int = 4
    timeout: float = 120.0
    max_calls: int | None = None
    max_cost: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        if not self.model:
            raise InputError(f"which language model? name one with --model, or in {MODEL}")
        self._check_url()
        if self.max_cost is not None and not (self.price_in or self.price_out):
            raise InputError("--max-cost needs prices: --price IN OUT, for a million tokens each")
        if self.concurrency < 1 or self.timeout <= 0:
            raise InputError("--concurrency must be 1 or more, --timeout more than 0 seconds")

    @classmethod
    def from_environment(cls, model: str = "", url: str = "", **bounds: Any) -> Service:
        """The model and the server that ``KG_LLM_MODEL`` and ``KG_LLM_URL`` name, unless given."""
        url = url or os.environ.get(URL, "") or DEFAULT_URL
        return cls(model or os.environ.get(MODEL, ""), url, **bounds)

    def _check_url(self) -> None:
        parts = _split(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InputError(f"--model-url: not an http address; write it as {DEFAULT_URL}")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise InputError(f"--model-url: no key or query belongs in it; put the key in {KEY}")
        if self.key and parts.scheme == "http" and not self.is_local:
            raise InputError(
                f"--model-url: {parts.hostname}: a key is not sent without encryption; "
                f"use https, or unset {KEY}"
            )

    @property
    def key(self) -> str:
        """What the server knows the user by; empty where it asks for none."""
        return os.environ.get(KEY, "").strip()

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine."""
        host = _split(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def endpoint(self) -> str:
        """Address of the protocol's chat completions."""
        return self.url.rstrip("/") + "/chat/completions"

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Price of so many tokens."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / _MILLION


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        raise InputError(f"--model-url: not an http address; write it as {DEFAULT_URL}") from None
    return parts


def hidden(data: bytes) -> bytes:
    """*data* without the key: a server may repeat it in what it answers."""
    key = os.environ.get(KEY, "").strip().encode()
    return data.replace(key, b"[key]") if key else data
