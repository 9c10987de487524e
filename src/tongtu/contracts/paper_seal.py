"""How a paper is sealed in the database: by AES, or by SM4 where the setting says so.

Both by the keys that seal personal data, which are replaced and retired alike; what was sealed the
one way opens whatever the setting says later.
"""

from __future__ import annotations

from tongtu.runtime.api import Keys, Runtime


def seal_paper(runtime: Runtime, plain: bytes, bound_to: bytes) -> bytes:
    """Encrypt a packed paper so that it opens only with the same `bound_to` (its hash)."""
    return runtime.keys.seal(plain, bound_to, by_sm4=runtime.settings.gm)


def open_paper(keys: Keys, sealed: bytes, bound_to: bytes) -> bytes:
    """Decrypt a packed paper. Raises Broken when it was changed or is another one."""
    return keys.open(sealed, bound_to)
