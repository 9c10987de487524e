"""Migrations in the order of their numbers; each applies SQL files that lie with their context."""
