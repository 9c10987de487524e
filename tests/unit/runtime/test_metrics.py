"""Metrics are made once a name and give exact percentiles of what was seen."""

from tongtu.runtime.api import count, gauge, latency, metrics_text


def test_percentiles_are_readings_that_were_taken():
    seen = latency("test_percentiles")
    assert seen.percentile_s(0.5) is None

    for n in range(100, 0, -1):
        seen.observe(n / 1000)

    assert [seen.percentile_s(share) for share in (0.0, 0.5, 0.95, 0.99, 1.0)] == [
        0.001,
        0.05,
        0.095,
        0.099,
        0.1,
    ]
    assert (seen.count, latency("test_percentiles") is seen) == (100, True)


def test_counters_gauges_and_latencies_are_exposed_in_prometheus_form():
    count("test_things").inc(3)
    gauge("test_level").set(7)
    latency("test_seconds").observe(0.004)

    text = metrics_text().decode()

    assert "tongtu_test_things_total 3.0" in text
    assert "tongtu_test_level 7.0" in text
    assert 'tongtu_test_seconds_seconds_bucket{le="0.0025"} 0.0' in text
    assert 'tongtu_test_seconds_seconds_bucket{le="0.005"} 1.0' in text
