"""The SQL of origination: the lane's two calls, reads for their owner, acceptance, counts."""
