# pragma version 0.4.3
"""
@title The checkpoints of one evidence log, each larger than the one before
@license Apache-2.0
@notice The log's note is rebuilt from an event: origin, size, root and the log's own signature.
"""

event Anchored:
    size: indexed(uint64)
    root: bytes32
    signature_r: bytes32
    signature_s: bytes32

OWNER: public(immutable(address))
size: public(uint64)
root: public(bytes32)
signature_r: public(bytes32)
signature_s: public(bytes32)


@deploy
def __init__():
    OWNER = msg.sender


@external
def anchor(new_size: uint64, new_root: bytes32, new_r: bytes32, new_s: bytes32):
    assert msg.sender == OWNER, "not the owner"
    assert new_size > self.size, "the log does not grow"
    self.size = new_size
    self.root = new_root
    self.signature_r = new_r
    self.signature_s = new_s
    log Anchored(size=new_size, root=new_root, signature_r=new_r, signature_s=new_s)
