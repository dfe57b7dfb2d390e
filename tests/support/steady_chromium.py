#!/usr/bin/env python3
"""Runs Chromium where the kernel does not tell it of new network interfaces.

Each container that starts or ends nearby is one, and Chromium drops requests then (ERR_NETWORK_CHANGED).
Without netlink it takes its network as it is. The filter: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import errno
import os
import platform
import struct
import sys

CHROMIUM = "/usr/bin/chromium"
SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
AF_NETLINK = 16
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
CALL, FIRST_ARGUMENT = 0, 16
"""Where they are in struct seccomp_data."""

PROGRAM = [
    (LOAD, 0, 0, CALL),
    (JUMP_IF_EQUAL, 0, 3, SOCKET),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (JUMP_IF_EQUAL, 0, 1, AF_NETLINK),
    (RETURN, 0, 0, REFUSE),
    (RETURN, 0, 0, ALLOW),
]


def main() -> None:
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in PROGRAM))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(PROGRAM), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")
    os.execv(CHROMIUM, [CHROMIUM, *sys.argv[1:]])


if __name__ == "__main__":
    main()
