"""Lenders that decide on machines of their own: keys, requests, answers, the line to them."""
