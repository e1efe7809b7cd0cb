"""The addresses of channels: whether they can be, and how they may be shown."""

from urllib.parse import SplitResult, unquote, urlsplit

from apprise import Apprise, NotifyBase

MASK = "********"
_WITH_HOST = frozenset({"http", "mailto", "json", "xml", "form"})


def complaint_of_apprise(url: str) -> str | None:
    """What is wrong with an Apprise URL; the answer repeats nothing of it."""
    if "://" not in url or plugin_of(url) is None:
        return "is not a URL that Apprise knows; its services are listed at https://appriseit.com/services/"
    return None


def complaint_of_webhook(url: str) -> str | None:
    """What is wrong with a webhook's URL."""
    parts = _parts(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return "must start with http:// or https:// and name a host"
    return None


def plugin_of(url: str) -> NotifyBase | None:
    """What Apprise makes of a URL."""
    found = Apprise.instantiate(url, suppress_exceptions=True)
    return found if isinstance(found, NotifyBase) else None


def shown_apprise(url: str) -> str:
    """The URL as it may be seen: Apprise knows which parts of it are secrets."""
    plugin = plugin_of(url)
    if plugin is None:
        return MASK
    return unquote(str(plugin.url(privacy=True)).partition("?")[0])  # type: ignore[no-untyped-call]


def shown_webhook(url: str) -> str:
    """Host and nothing else: the path of a webhook is often its password."""
    parts = _parts(url)
    if parts is None or not parts.hostname:
        return MASK
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}/{MASK}"


def secrets_of(url: str) -> list[str]:
    """The parts of a URL that must not be seen in an error or a log, the URL itself first."""
    parts = _parts(url)
    if parts is None:
        return [url]
    # slack://TokenA/TokenB: what looks like a host is a part of the secret.
    token = None if parts.scheme.rstrip("s") in _WITH_HOST else parts.netloc
    words = [
        token,
        parts.password,
        *parts.path.split("/"),
        *(one.partition("=")[2] for one in parts.query.split("&")),
    ]
    return [url, *(word for word in words if word and len(word) >= 6)]


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
