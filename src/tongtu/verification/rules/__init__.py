"""Pure checks: levels, authority answers, cards, faces, challenges, names."""
