"""What `celery -A orario.executors.celery worker -Q QUEUE` starts."""

import os

from orario.executors.celeryapp import make_app
from orario.settings import Settings

app = make_app(
    os.environ.get("ORARIO_CELERY_BROKER_URL"),
    is_current=True,
    imports=("orario.worker",),  # by name: it stands on a higher floor, and only a worker needs it
    task_acks_late=True,  # acknowledged once the claim is committed: from then on the message is worth nothing
    worker_pool="orario.executors.celerypool:Pool",  # Orario's own executor carries the attempts
    worker_prefetch_multiplier=1,
    worker_concurrency=Settings.model_fields["threads"].default,
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
)
