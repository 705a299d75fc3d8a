"""`unshare -rn python alone.py COMMAND ...`: runs a command where the machine has no network but its own loopback (Linux)."""

import fcntl
import os
import socket
import struct
import sys

UP_AND_RUNNING, SET_FLAGS = 0x41, 0x8914  # IFF_UP and IFF_RUNNING; SIOCSIFFLAGS

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
    fcntl.ioctl(own, SET_FLAGS, struct.pack("16sh", b"lo", UP_AND_RUNNING))
os.execv(sys.argv[1], sys.argv[1:])
