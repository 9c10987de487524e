"""Who scores a batch of drafts: the champion, whose word decides, and the challenger beside it."""

from __future__ import annotations

from collections.abc import Sequence

from tongtu.kernel.errors import Broken
from tongtu.origination.rules.draft import Draft
from tongtu.risk.api import (
    BANDS,
    Column,
    Scorecard,
    Scored,
    Studied,
    assemble_batch,
    band,
    bands,
    columns_of,
)

# Below this many the columns cost more than they save.
FEW = 6
# While the models are stopped a person decides; until then a case counts as the riskiest.
RISKIEST = BANDS - 1


class Unscored:
    """In the place of a champion that cannot be used: nobody is scored, a person decides."""

    hash = ""


Model = Scorecard | Studied


class Scoring:
    """Scores drafts, the same alone and in a batch of any size."""

    def __init__(
        self, champion: Scorecard | Studied | Unscored, challenger: Studied | None
    ) -> None:
        self.champion = champion
        self.challenger = challenger

    @property
    def hashes(self) -> tuple[str, str]:
        """The champion's hash and the challenger's; empty: there is none."""
        return self.champion.hash, "" if self.challenger is None else self.challenger.hash

    def score(self, drafts: Sequence[Draft]) -> None:
        """Score all drafts but those that came while the models were stopped.

        Raises Broken where there is no model, and a draft was not told so.
        """
        scored = [draft for draft in drafts if not draft.case.known.rules_only]
        if len(scored) < len(drafts):
            for draft in drafts:
                draft.band = RISKIEST
        rows = [draft.row for draft in scored]
        champion = self.champion
        if isinstance(champion, Unscored):
            if scored:
                raise Broken("there is no model to score by")
            return
        if len(rows) < FEW:
            self._score_each(champion, scored, rows)
        else:
            self._score_columns(champion, scored, rows)

    def _score_each(
        self, champion: Model, drafts: Sequence[Draft], rows: Sequence[tuple[int, ...]]
    ) -> None:
        if isinstance(champion, Studied):
            _decide(drafts, champion.score_rows(rows))
        else:
            _one_by_one(champion, drafts)
        if self.challenger is not None:
            _stand_beside(drafts, self.challenger.score_rows(rows))

    def _score_columns(
        self, champion: Model, drafts: Sequence[Draft], rows: Sequence[tuple[int, ...]]
    ) -> None:
        features = assemble_batch(columns_of(rows))  # both models read the same
        if isinstance(champion, Studied):
            _decide(drafts, champion.score_features(features))
        else:
            _by_column(champion, drafts, features)
        if self.challenger is not None:
            _stand_beside(drafts, self.challenger.score_features(features))


def _decide(drafts: Sequence[Draft], scored: Sequence[Scored]) -> None:
    for draft, said in zip(drafts, scored, strict=True):
        draft.points, draft.pd_ppm, draft.band, draft.side, draft.factors = said


def _stand_beside(drafts: Sequence[Draft], scored: Sequence[Scored]) -> None:
    for draft, said in zip(drafts, scored, strict=True):
        draft.challenger = said


def _one_by_one(card: Scorecard, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        score = card.score_row(draft.row)
        draft.points, draft.pd_ppm = score.points, score.pd_ppm
        draft.factors, draft.band = score.reasons, band(score.pd_ppm)


def _by_column(card: Scorecard, drafts: Sequence[Draft], features: Column) -> None:
    batch = card.score_features(features)
    codes = card.reason_codes
    for draft, points, pd_ppm, reasons, in_band in zip(
        drafts,
        batch.points.tolist(),
        batch.pd_ppm.tolist(),
        batch.reasons.tolist(),
        bands(batch.pd_ppm).tolist(),
        strict=True,
    ):
        draft.points, draft.pd_ppm, draft.band = points, pd_ppm, in_band
        draft.factors = tuple([codes[place] for place in reasons if place >= 0])
