"""What Prometheus gets."""

from prometheus_client.parser import text_string_to_metric_families

from reznet.core import metrics


def sample(name: str, **labels: str) -> float | None:
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for found in family.samples:
            if found.name == name and labels.items() <= found.labels.items():
                return found.value
    return None


def test_counts_carry_the_worker_and_the_labels() -> None:
    metrics.name_worker("w7")
    metrics.count_request("GET", "/api/test-route/{id}", 200, 0.02)
    metrics.count_request("GET", "/api/test-route/{id}", 200, 0.02)
    labels = {"method": "GET", "route": "/api/test-route/{id}", "worker": "w7"}
    assert sample("reznet_http_requests_total", status="200", **labels) == 2
    assert sample("reznet_http_request_seconds_count", **labels) == 2
    assert sample("reznet_http_request_seconds_bucket", le="0.01", **labels) == 0
    assert sample("reznet_http_request_seconds_bucket", le="0.025", **labels) == 2


def test_gauges_are_asked_when_they_are_read() -> None:
    in_use = 3
    metrics.watch_pool(lambda: in_use)
    assert sample("reznet_database_pool_in_use") == 3
    in_use = 5
    assert sample("reznet_database_pool_in_use") == 5


def test_tokens_are_told_apart_by_direction() -> None:
    metrics.count_tokens("test-provider", "m", sent=10, received=4)
    found = [
        sample("reznet_tokens_total", provider="test-provider", direction=d)
        for d in ("input", "output")
    ]
    assert found == [10, 4]
