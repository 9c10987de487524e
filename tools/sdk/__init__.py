"""Makes the clients of the API, in Python and TypeScript, from its own OpenAPI document."""
