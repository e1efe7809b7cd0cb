"""Who this process is to the others: a random id, never a host name."""

import os
import socket
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from orario.core.clock import Clock
from orario.store.instances import Instance


@dataclass
class Identity:
    """The boot id of this instance; it is born again when the others have taken it for dead."""

    version: str
    id: UUID = field(default_factory=uuid4)

    def renew(self) -> None:
        self.id = uuid4()

    def instance(self, clock: Clock) -> Instance:
        """The row by which the others know it."""
        now = clock.now()
        return Instance(
            id=self.id,
            hostname=socket.gethostname(),
            pid=os.getpid(),
            version=self.version,
            started_at=now,
            beat_at=now,
        )
