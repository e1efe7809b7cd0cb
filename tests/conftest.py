"""What every test may ask for: real servers, started when the first test wants one."""

pytest_plugins = ["tests.memory", "tests.servers.fixtures"]
