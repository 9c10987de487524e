"""What origination does in transactions: the lane, acceptance, expiry, reads, replay."""
