"""What went wrong with a request, in a sentence."""

import errno
import os

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientPayloadError,
    ClientResponseError,
    ClientSSLError,
    InvalidURL,
    RedirectClientError,
    ServerDisconnectedError,
    TooManyRedirects,
)

from orario import GiveUp, OrarioError
from orario.apps.http.guard import Blocked


class RequestFailed(OrarioError):
    """The request did not get the answer it wanted."""


def failure(call: str, error: Exception, timeout: float) -> OrarioError:
    """The error that tells why `call` got no answer; trying again does not help where the address is forbidden."""
    said = f"{call}: {sentence(error, timeout)}"
    return GiveUp(said) if _is_blocked(error) else RequestFailed(said)


def _is_blocked(error: Exception) -> bool:
    return isinstance(error, ClientConnectorError) and isinstance(error.os_error, Blocked)


def sentence(error: Exception, timeout: float) -> str:
    """Why there is no answer; the first line that fits speaks."""
    match error:
        case TimeoutError():
            return f"there was no complete answer within {timeout:g} s"
        case ClientConnectorCertificateError():
            return f"the certificate of {error.host} is not to be trusted: {_reason(error.certificate_error)}"
        case ClientConnectorSSLError() | ClientSSLError():
            return f"TLS with {error.host}:{error.port} failed: {_reason(error.os_error)}"
        case ClientConnectorError(os_error=Blocked() as blocked):
            return str(blocked.strerror)
        case ClientConnectorDNSError():
            return f"the name {error.host} could not be resolved: {_reason(error.os_error)}"
        case ClientConnectorError():
            return f"no connection to {error.host}:{error.port}: {_reason(error.os_error)}"
        case TooManyRedirects():
            return "it was redirected more often than maxRedirects allows"
        case RedirectClientError():
            return "it was redirected to something that is not an http or https URL"
        case ServerDisconnectedError():
            return "the server closed the connection without an answer"
        case ClientPayloadError():
            return "the answer broke off in the middle"
        case ClientResponseError():
            return f"what the server sent is not HTTP: {error.message.splitlines()[0] if error.message else error}"
        case InvalidURL():
            return f"the address cannot be used: it {(error.description or 'is not a URL').lstrip('- ')}"
        case ClientError() | OSError():
            return f"the connection failed: {_reason(error)}"
        case _:
            raise error


FAILURES = (ClientError, OSError, TimeoutError)


def _reason(error: Exception) -> str:
    """The library's own words, as short as they come."""
    if isinstance(error, OSError) and error.errno in errno.errorcode:
        return os.strerror(error.errno or 0)
    words = [getattr(error, name, None) for name in ("verify_message", "reason", "strerror")]
    return str(next(filter(None, words), None) or error or type(error).__name__).strip()
