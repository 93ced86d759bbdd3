"""Who asks the API: bearer keys with scopes, and how often each may ask."""

import math
import time
from collections.abc import Callable

from goodstanding.accounts.errors import KeyLacksScope, KeyRefused
from goodstanding.accounts.queries import KeyInForce
from goodstanding.api.errors import TooManyRequests
from goodstanding.core.errors import Refusal

BEARER = "Bearer "
DECIDE = "decide"
READ_DECISIONS = "read_decisions"
READ_EXPERIMENTS = "read_experiments"
REPLAY_DECISIONS = "replay_decisions"


def bearer_token(authorization: str | None) -> str:
    """The key in an Authorization header; raises KeyRefused where there is none."""
    if authorization is None or not authorization.startswith(BEARER):
        raise KeyRefused(field="Authorization")
    return authorization[len(BEARER) :].strip()


def require_scope(key: KeyInForce, *scopes: str) -> None:
    """Raise KeyLacksScope unless the key has one of the scopes."""
    if key.scopes.isdisjoint(scopes):
        raise KeyLacksScope(prefix=key.prefix, scope=" or ".join(scopes))


class RateLimit:
    """A token bucket a name: `per_second` requests on average, a second's worth at once.

    It counts in this process only, so it protects the process and is no quota.
    """

    most_names = 10_000

    def __init__(self, *, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow each name `per_second` requests a second by `clock`, which is in seconds."""
        self._per_second = per_second
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, name: str, *, refusal: type[Refusal] = TooManyRequests) -> None:
        """Take one request of the name's; raises `refusal` when none is left."""
        now = self._clock()
        tokens, since = self._buckets.get(name, (self._per_second, now))
        tokens = min(self._per_second, tokens + (now - since) * self._per_second)
        if len(self._buckets) >= self.most_names:
            self._buckets.clear()  # memory stays bounded; each begins anew with a second's worth
        if tokens < 1:
            self._buckets[name] = (tokens, now)
            raise refusal(
                name=name,
                per_second=f"{self._per_second:g}",
                retry_after=math.ceil((1 - tokens) / self._per_second),
            )
        self._buckets[name] = (tokens - 1, now)
