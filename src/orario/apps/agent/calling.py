"""Calls the servers that the agent works with: providers, a source of credentials, one that takes messages."""

import aiohttp

from orario.apps.agent.settings import AgentSettings

# What a call may raise instead of an answer; ValueError: the URL is none.
UNANSWERED = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


def calling(settings: AgentSettings) -> aiohttp.ClientSession:
    """Whoever makes calls, for the length of a `with`."""
    timeout = aiohttp.ClientTimeout(total=settings.orario_agent_http_timeout_seconds)
    return aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "Orario"})


def words_of(error: BaseException) -> str:
    """What an error says; some say nothing."""
    return str(error) or type(error).__name__
