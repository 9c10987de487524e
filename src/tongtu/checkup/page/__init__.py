"""The audit as one self-contained page: no foreign host, both languages, ready to print."""
