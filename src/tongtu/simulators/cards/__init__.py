"""Cards and faces of nobody: drawn by us, marked as specimens, with reserved numbers."""
