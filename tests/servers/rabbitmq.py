"""A RabbitMQ of the tests' own; it takes seconds to start, so it is started only when a test wants it."""

import signal

from tests.servers.ports import free_port, listens
from tests.servers.private import Private, needed

# No plugins, no cluster: one node that nobody but this machine can reach.
_CONFIGURATION = """
loopback_users = none
listeners.tcp.1 = 127.0.0.1:{port}
disk_free_limit.absolute = 1MB
vm_memory_high_watermark.absolute = 512MiB
log.console = true
log.console.level = warning
"""


class RabbitMQ:
    """One node on free ports of loopback, with an Erlang port mapper of its own."""

    def __init__(self) -> None:
        self._program = needed("rabbitmq")
        self._server = Private("rabbitmq")
        self._port, self._distribution, names = free_port(), free_port(), free_port()
        self._names = {"ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        # Started by Erlang itself it would outlive the tests.
        self._mapper = Private("epmd")
        self._mapper.start(needed("rabbitmq", "epmd"), ready=lambda: listens(names), environment=self._names)
        self._configuration = self._server.folder / "rabbitmq.conf"
        self._configuration.write_text(_CONFIGURATION.format(port=self._port))
        self._configuration.chmod(0o644)
        self.start()

    @property
    def url(self) -> str:
        """What Celery and Orario take for a broker."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}//"

    def start(self) -> None:
        """Start, or start again on the same port."""
        folder = str(self._server.folder)
        environment = {
            "RABBITMQ_NODENAME": f"orario{self._port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(self._configuration),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
            **self._names,
        }
        self._server.start(self._program, ready=lambda: listens(self._port), environment=environment)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop: by SIGTERM cleanly, by SIGKILL as in a crash."""
        self._server.stop(number)

    def close(self) -> None:
        """Stop, and forget everything, with the port mapper."""
        self._server.remove(signal.SIGKILL)
        self._mapper.remove(signal.SIGKILL)
