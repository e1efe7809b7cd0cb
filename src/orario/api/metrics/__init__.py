"""What Prometheus scrapes: /metrics."""
