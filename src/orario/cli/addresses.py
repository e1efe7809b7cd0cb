"""The URLs at which this machine reaches a server of its own."""

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # "any address" is none to call


def url_of(host: str, port: int) -> str:
    """Where a server that listens there is called from the same machine."""
    local = _ANY.get(host, host)
    return f"http://[{local}]:{port}" if ":" in local else f"http://{local}:{port}"
