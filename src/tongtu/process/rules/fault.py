"""What is wrong with a process file, by element and line."""

from __future__ import annotations

from tongtu.kernel.errors import BadInput


class BadProcess(BadInput):
    """A file this engine does not run: says which element, on which line, and why."""

    default_code = "bad_process"

    def __init__(self, why: str, *, element: str = "", line: int = 0) -> None:
        where = f"line {line}: {element}: " if line else ""
        super().__init__(where + why, fields={"element": element, "line": str(line)})
        self.element = element
        self.line = line
