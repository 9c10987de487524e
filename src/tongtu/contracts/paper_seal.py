"""How a paper is sealed in the database: by the vault's key, or by SM4 where the setting says so.

What was sealed the one way opens whatever the setting says later: the first bytes tell.
"""

from __future__ import annotations

from tongtu.kernel import gm
from tongtu.kernel.errors import Broken
from tongtu.runtime.api import Keys, Runtime

# No format of the vault's begins so.
_SM4 = b"SM4\x01"
_PURPOSE = "papers-sm4"


def seal_paper(runtime: Runtime, plain: bytes, bound_to: bytes) -> bytes:
    """Encrypt a packed paper so that it opens only with the same `bound_to` (its hash)."""
    if not runtime.settings.gm:
        return runtime.keys.seal(plain, bound_to)
    nonce = runtime.entropy.bytes(gm.NONCE_BYTES)
    return _SM4 + nonce + gm.sm4_seal(_key(runtime.keys), nonce, plain, bound_to)


def open_paper(keys: Keys, sealed: bytes, bound_to: bytes) -> bytes:
    """Decrypt a packed paper. Raises Broken when it was changed or is another one."""
    if not sealed.startswith(_SM4):
        return keys.open(sealed, bound_to)
    body = sealed[len(_SM4) :]
    plain = gm.sm4_open(_key(keys), body[: gm.NONCE_BYTES], body[gm.NONCE_BYTES :], bound_to)
    if plain is None:
        raise Broken("a sealed paper does not open with this key and hash")
    return plain


def _key(keys: Keys) -> bytes:
    return keys.derive(_PURPOSE)[: gm.SM4_KEY_BYTES]
