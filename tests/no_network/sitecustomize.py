"""Put first on PYTHONPATH, every Python process refuses to leave the machine: names are looked up and sockets opened on it alone.

A try is written to the file that SCRM_NETWORK_TRIES names, since the error itself may be swallowed by whoever tried.
"""

import os
import socket
import sys


def _check(family, address) -> None:
    if family in (socket.AF_INET, socket.AF_INET6):
        _host(address[0])


def _host(host) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "::1", socket.gethostname()) or name.startswith("127."):
        return
    with open(os.environ["SCRM_NETWORK_TRIES"], "a", encoding="utf-8") as tries:
        tries.write(f"{name} by {' '.join(sys.argv)[:200]}\n")
    raise OSError(f"the network is blocked: {name}")


def _guarded(name):
    original = getattr(socket.socket, name)

    def guarded(self, *arguments):
        _check(self.family, arguments[-1])
        return original(self, *arguments)

    return guarded


if os.environ.get("SCRM_NETWORK_TRIES"):
    for each in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, each, _guarded(each))
    _lookup = socket.getaddrinfo

    def _own_lookup(host, *arguments, **named):
        _host(host)
        return _lookup(host, *arguments, **named)

    socket.getaddrinfo = _own_lookup
