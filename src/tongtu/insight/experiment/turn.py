"""The chances of the next turn: which published grid earns most, told by whole blocks. Pure.

What is learnt is the mean of a block under a grid; no acceptance of any one person enters a price.
The draws behind the chances follow from the experiment's name and the block: an auditor draws the
same.
"""

from __future__ import annotations

import hashlib

import numpy as np

from tongtu.insight.experiment.model import TURN_BLOCKS, TURNS_MAX
from tongtu.pricing.api import PPM, GridLearner, Log, Schedule, Turn


def next_turn(schedule: Schedule, log: Log, block: int, least_chance_ppm: int) -> Turn | None:
    """Return the turn that begins at a block; None: the last one is younger than TURN_BLOCKS."""
    last = schedule.turns[-1]
    is_due = block >= last.first_block + TURN_BLOCKS and block <= schedule.last_block
    if not is_due or len(schedule.turns) >= TURNS_MAX or log.cluster is None or not len(log.arm):
        return None
    arms = len(last.weights_ppm)
    cases = np.bincount(log.cluster)
    given = np.bincount(log.cluster, weights=log.reward) / cases
    arm_of = np.zeros(len(cases), np.int64)
    arm_of[log.cluster] = log.arm
    learner = GridLearner(arms, least_chance_ppm / PPM, float(given.std()) or 1.0)
    for arm, reward in zip(arm_of.tolist(), given.tolist(), strict=True):
        learner.learn(arm, reward)
    seed = hashlib.blake2b(f"{schedule.name}|turn|{block}".encode(), digest_size=8).digest()
    draw = np.random.default_rng(int.from_bytes(seed, "big"))  # house: seam - from name and block
    weights = [int(chance * PPM) for chance in learner.chances(draw).tolist()]
    weights[int(np.argmax(weights))] += PPM - sum(weights)
    return Turn(block, tuple(weights))
