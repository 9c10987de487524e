import pytest

from tongtu.replay.measure import Band, bands, percentile, rank, wilson


def test_percentiles_are_readings_that_were_taken():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]

    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1.0, 3.0, 5.0, 5.0]


def test_a_score_that_separates_has_auc_and_ks_one():
    ranking = rank([10, 20, 30, 40], [True, True, False, False])

    assert (ranking.cases, ranking.bad, ranking.auc, ranking.ks) == (4, 2, 1.0, 1.0)


def test_a_score_that_ranks_the_wrong_way_has_auc_zero():
    assert rank([40, 30, 20, 10], [True, True, False, False]).auc == 0.0


def test_ties_count_half():
    ranking = rank([10, 10, 10, 10], [True, False, True, False])

    assert (ranking.auc, ranking.ks) == (0.5, 0.0)


def test_auc_is_the_share_of_pairs_in_the_right_order():
    points, is_bad = [3, 1, 2, 2, 5, 4], [True, True, False, True, False, False]

    pairs = [
        (b < g) + (b == g) / 2
        for b, bad in zip(points, is_bad, strict=True)
        if bad
        for g, other in zip(points, is_bad, strict=True)
        if not other
    ]
    assert rank(points, is_bad).auc == sum(pairs) / len(pairs)


def test_outcomes_that_are_all_alike_cannot_be_ranked():
    assert rank([1, 2], [False, False]) is None


def test_bands_count_real_outcomes_and_approvals():
    rows = [(0, False, True), (0, True, True), (3, True, False)]

    assert bands(rows) == [Band(0, 2, 1, 2), Band(3, 1, 1, 0)]
    assert [band.bad_rate for band in bands(rows)] == [0.5, 1.0]


def test_the_wilson_interval_is_wilsons():
    # Agresti and Coull 1998: 0 of 10 at 95 % reaches to .278.
    low, high = wilson(0, 10)

    assert (round(low, 3), round(high, 3)) == (0.0, 0.278)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_one_reading_is_every_percentile(share):
    assert percentile([7.0], share) == 7.0
