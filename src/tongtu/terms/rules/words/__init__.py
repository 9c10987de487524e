"""From the words of a case to terms, and back to nothing: what is not understood is refused."""
