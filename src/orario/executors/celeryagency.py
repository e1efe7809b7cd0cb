"""Others' Celery applications as the engine asks of them: messages, results, and words with workers."""

import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from orario.core.errors import Misconfigured
from orario.core.execution import Ending, Outcome
from orario.core.masking import Masker
from orario.engine.agency import Errand, Force, Holders, Kind, Receipt, Word
from orario.executors import judging
from orario.executors.celeryapp import PATIENCE, CeleryPost, named
from orario.executors.celeryevents import Ear, kind_of
from orario.executors.cleaning import clean
from orario.executors.hiding import RECENT
from orario.store.vault import Vault

_CALL_PATIENCE = 1.0  # seconds in which workers answer a call
_AT_MOST_ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
_SIGNALS = {Force.END: "SIGTERM", Force.KILL: "SIGKILL"}
_MARGIN = timedelta(seconds=10)  # Celery's own limit is for when nobody here can revoke


class CeleryAgency(CeleryPost):
    """Speaks with the broker and the result backend of these applications; their code is not needed."""

    def __init__(self, url: str, result_url: str | None, vault: Vault, max_result_bytes: int) -> None:
        super().__init__(url)
        self.has_results = result_url is not None
        self._app.conf.update(
            result_backend=result_url,
            task_ignore_result=result_url is None,
            result_backend_transport_options={"retry_policy": _AT_MOST_ONCE_MORE},
            redis_socket_connect_timeout=PATIENCE,
            redis_socket_timeout=PATIENCE,
        )
        self._vault = vault
        self._max_result_bytes = max_result_bytes
        self._ear = Ear(self._app)

    def listen(self) -> None:
        """From now on, hear what workers tell; nothing happens the second time."""
        self._ear.start()

    def close(self) -> None:
        """Hear nothing any more, and forget all connections."""
        self._ear.stop()
        super().close()

    def heard(self) -> list[Word]:
        """What came in since the last time."""
        return self._ear.take()

    def entrust(self, errands: Sequence[Errand]) -> Receipt:
        """Send one message for each, in this order."""
        waiting, unfit = deque(errands), dict[UUID, str]()
        try:
            with self._connected() as connection:  # a fresh one: on an old one nobody could tell what has arrived
                producer = self._app.amqp.Producer(connection, auto_declare=False)
                while waiting:
                    one = waiting.popleft()
                    try:
                        args = self._vault.unlock(dict(one.args)).args
                    except Misconfigured as error:
                        unfit[one.token] = error.message
                        continue
                    self._entrust(producer, one, args)
                    self._vault.used(one.args)
        except Exception as error:  # each broker's library has errors of its own
            return Receipt([one.token for one in waiting], unfit, named(error))
        return Receipt([], unfit)

    def _entrust(self, producer: Any, one: Errand, args: Mapping[str, Any]) -> None:
        limit = None if one.timeout is None else math.ceil((one.timeout + _MARGIN).total_seconds())
        self._app.send_task(
            one.path,
            kwargs=dict(args),
            task_id=str(one.token),
            queue=one.queue,
            producer=producer,
            expires=one.expires_at,
            time_limit=limit,
            retry=False,
            ignore_result=False,
            argsrepr="()",
            kwargsrepr="{...}",  # workers print it, and it may hold secrets
        )

    def ask(self, tokens: Sequence[UUID]) -> list[Word]:
        """What is kept of those that have ended, or are known to run."""
        try:
            found = [self._kept(token) for token in tokens]
        except Exception:  # the backend is away; it is asked again
            return []
        return [word for word in found if word is not None]

    def _kept(self, token: UUID) -> Word | None:
        meta = self._app.backend.get_task_meta(str(token), cache=False)
        status, worker = meta.get("status"), (meta.get("worker") or None)
        if status == "SUCCESS":
            return Word(token, Kind.SUCCEEDED, worker, meta.get("result"))
        if status == "STARTED":
            return Word(token, Kind.STARTED, worker)
        if status == "REVOKED":
            return Word(token, Kind.REVOKED, worker)
        if status != "FAILURE":  # waits, is being retried, or nobody knows it
            return None
        error = meta.get("result")
        name, text, stack = type(error).__name__, clean(str(error)), meta.get("traceback")
        said = f"{name}: {text}" if text else name
        return Word(token, kind_of(name), worker, error=said, stack=stack and clean(str(stack)))

    def holders(self, tokens: Sequence[UUID]) -> Holders | None:
        """Which of these some worker has in hand; None: the broker is away."""
        try:
            with self._connected() as connection:
                inspect = self._app.control.inspect(timeout=_CALL_PATIENCE, connection=connection)
                answers = inspect.query_task(*map(str, tokens)) or {}
        except Exception:
            return None
        found: dict[UUID, bool] = {}
        for known in answers.values():
            for id, (state, _) in (known if isinstance(known, dict) else {}).items():
                found[UUID(id)] = found.get(UUID(id), False) or state == "active"
        return Holders(len(answers), found)

    def revoke(self, tokens: Collection[UUID], force: Force) -> None:
        """Tell all workers that these are not wanted; what they do about those that run is up to the force."""
        how = {} if force is Force.NONE else {"terminate": True, "signal": _SIGNALS[force]}
        try:
            with self._connected() as connection:
                self._app.control.revoke([str(token) for token in tokens], connection=connection, **how)
        except Exception:  # the broker is away; it is asked again
            return

    def judge(self, word: Word, args: Mapping[str, Any]) -> Outcome:
        """How an errand has ended, without the secrets that are in its arguments."""
        return judging.masked(self._judged(word), self._masker(args))

    def _judged(self, word: Word) -> Outcome:
        if word.kind is Kind.SUCCEEDED:
            return judging.returned(word.result, self._max_result_bytes)
        if word.kind is Kind.REVOKED:
            why = "revoked in Celery by somebody else"
            return Outcome(Ending.CANCELLED, error_message=why, may_retry=False)
        if word.kind is Kind.LOST:
            why = word.error or "neither the broker nor any worker has it any more, and it left no result"
            return Outcome(Ending.LOST, error_message=f"carrier lost: {why}", error_stack=word.stack)
        ending = Ending.TIMED_OUT if word.kind is Kind.TIMED_OUT else Ending.FAILED
        return Outcome(ending, error_message=word.error, error_stack=word.stack)

    def _masker(self, args: Mapping[str, Any]) -> Masker:
        if not args:
            return Masker()
        try:
            return RECENT.masker(self._vault.unlock(dict(args)).secrets)
        except Misconfigured:  # what cannot be opened cannot be told either
            return Masker()
