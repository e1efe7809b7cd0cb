"""Celery's workers, on real brokers."""
