"""Celery as Orario uses it: one task, whose messages hold ids of executions and of their attempts, no result."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from celery import Celery

from orario.engine.post import Delivery
from orario.store.handovers import Message, Parcel

TASK = "orario.perform"
PATIENCE = 5.0  # seconds that the broker may take for an answer
_NOT_FOR_EVER = {"max_retries": 1, "interval_start": 0.1, "connect_retries_timeout": PATIENCE}
_REDIS = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
_WITHIN = {"connect_timeout": PATIENCE, "read_timeout": PATIENCE, "write_timeout": PATIENCE}
_AMQP = {**_WITHIN, **_NOT_FOR_EVER, "confirm_publish": True}  # a broker that just died takes anything without a word


def make_app(url: str | None, *, is_current: bool, **more: Any) -> Celery:
    """The Celery application; on a server it must not stand in the way of one of the user's own."""
    app = Celery("orario", broker=url, set_as_current=is_current)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,  # the ledger is the database
        task_create_missing_queues=True,
        task_default_queue="default",
        broker_connection_timeout=PATIENCE,
        **more,
    )
    return app


class CeleryPost:
    """Sends and counts; speaks with the broker only when asked to."""

    def __init__(self, url: str) -> None:
        # A worker waits for messages as long as it takes; who sends must know soon that nobody answers.
        options = _AMQP if url.startswith(("amqp", "pyamqp")) else _REDIS
        self._app = make_app(url, is_current=False, broker_transport_options=options)

    def send(self, messages: Sequence[Message]) -> Delivery:
        """Send these, in this order."""
        sent: list[Message] = []
        try:
            with self._app.producer_pool.acquire(block=True) as producer:
                for one in messages:
                    self._send(producer, one)
                    sent.append(one)
        except Exception as error:  # each broker's library has errors of its own
            return Delivery(sent, named(error))
        return Delivery(sent)

    def _send(self, producer: Any, one: Message) -> None:
        self._app.send_task(
            TASK, pack(one), task_id=str(one.id), queue=one.queue, producer=producer, retry=False, ignore_result=True
        )

    def depths(self, queues: Collection[str]) -> Mapping[str, int] | None:
        """How many messages lie in each of these queues; None: the broker does not say."""
        try:
            with self._connected() as connection:
                return {queue: self._depth(connection, queue) for queue in queues}
        except Exception:
            return None

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=PATIENCE)
            yield connection

    def _depth(self, connection: Any, queue: str) -> int:
        with _channel(connection) as channel:
            try:
                return int(channel.queue_declare(queue, passive=True).message_count)
            except connection.channel_errors:  # there is no such queue, or, in Redis, nothing in it
                return 0

    def close(self) -> None:
        """Forget all connections."""
        self._app.close()


def pack(message: Message) -> list[list[str]]:
    """What a message says: the ids of some executions, and of the attempts that may be started."""
    return [[str(one.execution_id), str(one.token)] for one in message.parcels]


def unpack(args: Sequence[Sequence[str]]) -> list[Parcel]:
    """What `pack` has packed."""
    return [Parcel("", UUID(execution_id), UUID(token)) for execution_id, token in args]


@contextmanager
def _channel(connection: Any) -> Iterator[Any]:
    channel = connection.channel()
    try:
        yield channel
    finally:
        channel.close()


def named(error: Exception) -> str:
    """An error in words."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
