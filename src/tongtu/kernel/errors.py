"""Every fault the platform names, in one tree.

TongtuError
├── BadInput            422  the request cannot be understood; mend it and send it again
│   └── TooLarge        413  body, page or batch beyond its bound
├── NotSignedIn         401  no valid token
├── NotAllowed          403  a token that may not do this
├── NotFound            404  no such thing, or not yours: the two are not told apart
├── Conflict            409  another state or another body under the same key
│   └── KeyReused       409  the idempotency key was used with another body
├── Refused             422  a business rule says no (carries a ReasonCode)
├── TooMany             429  a limit of attempts (Retry-After)
├── Overloaded          503  a bounded queue is full (Retry-After)
│   └── NotReady        503  a part is still starting, e.g. no model is trained yet
├── DeadlinePassed      504  the effect is unknown: ask again with the same key
└── Broken              500  an assertion on money or state failed; a person is paged
"""

from __future__ import annotations

from typing import ClassVar


class TongtuError(Exception):
    """Something the platform can name. `code` is stable, `detail` holds no personal data."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "broken"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        fields: dict[str, str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.fields = fields or {}
        self.retry_after_s = retry_after_s


class BadInput(TongtuError):
    """The request cannot be understood."""

    status = 422
    default_code = "bad_input"


class TooLarge(BadInput):
    """Beyond a named bound."""

    status = 413
    default_code = "too_large"


class NotSignedIn(TongtuError):
    """No valid token."""

    status = 401
    default_code = "not_signed_in"


class NotAllowed(TongtuError):
    """The token's role may not do this."""

    status = 403
    default_code = "not_allowed"


class NotFound(TongtuError):
    """No such thing, or not the caller's."""

    status = 404
    default_code = "not_found"


class Conflict(TongtuError):
    """The thing is in another state than the command needs."""

    status = 409
    default_code = "conflict"


class KeyReused(Conflict):
    """The same idempotency key came with another body."""

    default_code = "key_reused"


class Refused(TongtuError):
    """A business rule says no; `code` is a ReasonCode a customer can read."""

    status = 422
    default_code = "refused"


class TooMany(TongtuError):
    """Too many attempts."""

    status = 429
    default_code = "too_many"
    retryable = True


class Overloaded(TongtuError):
    """A bounded queue is full."""

    status = 503
    default_code = "overloaded"
    retryable = True


class NotReady(Overloaded):
    """A part is still starting."""

    default_code = "not_ready"


class DeadlinePassed(TongtuError):
    """The effect is unknown; the same key gives the answer later."""

    status = 504
    default_code = "deadline_passed"
    retryable = True


class Broken(TongtuError):
    """An assertion on money or state failed."""
