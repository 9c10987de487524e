"""GET /v1/authority/root and /v1/authority/crl: what anyone needs to check a signed paper."""

from __future__ import annotations

from litestar import Response, get

from tongtu.channels.rest.auth import PUBLIC
from tongtu.channels.rest.given import GivenParts

_CERTIFICATE, _CRL = "application/pkix-cert", "application/pkix-crl"


@get("/v1/authority/root", opt=PUBLIC, media_type=_CERTIFICATE)
async def find_root(parts: GivenParts) -> Response[bytes]:
    """Return the certificate of the authority that vouches for signers (DER)."""
    return Response(parts.press.root, media_type=_CERTIFICATE)


@get("/v1/authority/crl", opt=PUBLIC, media_type=_CRL)
async def find_crl(parts: GivenParts) -> Response[bytes]:
    """Return the signed list of certificates that were revoked (DER), as of now."""
    return Response(parts.press.crl(parts.runtime.clock.now()), media_type=_CRL)


ROUTES = (find_root, find_crl)
