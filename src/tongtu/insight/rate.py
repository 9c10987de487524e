"""How many a second, over the last seconds: one counter a tenth of a second, no growing list."""

from __future__ import annotations

from collections import deque

_STEP_S = 0.1


class Rate:
    """Counts what happens over a sliding window."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._steps: deque[tuple[int, int]] = deque(maxlen=int(window_s / _STEP_S) + 1)

    def add(self, now_s: float) -> None:
        """Count one at this moment."""
        step = int(now_s / _STEP_S)
        if self._steps and self._steps[-1][0] == step:
            self._steps[-1] = step, self._steps[-1][1] + 1
        else:
            self._steps.append((step, 1))

    def per_s(self, now_s: float) -> float:
        """Return the number a second over the window that ends now."""
        oldest = int((now_s - self._window_s) / _STEP_S)
        return sum(number for step, number in self._steps if step > oldest) / self._window_s
