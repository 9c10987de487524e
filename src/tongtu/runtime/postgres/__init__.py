"""The embedded PostgreSQL: made, started, watched and stopped by its pid, never by its name."""

from tongtu.runtime.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
