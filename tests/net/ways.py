# SPDX-License-Identifier: GPL-2.0-only
"""How long it takes until what the border is told shows in the frames that it sends on.

ways.py SENDER RECEIVER BORDER FRAME FIELD MAC LIMIT LINE...

SENDER, RECEIVER and BORDER are paths of network namespaces. FRAME, in hexadecimal, is sent out of
SENDER's eth0 again and again; LINEs are given to ip on the border once the packet path has learned
the way, at the beginning of one of its seconds. Prints milliseconds until a frame arrives at
RECEIVER's eth0 whose FIELD (smac or dmac) is MAC; `late` where none does within LIMIT milliseconds;
`void` where another second began meanwhile. Knows nothing of policies.
"""

import ctypes
import os
import socket
import subprocess
import sys
import time

ETH_P_ALL = 3
CLONE_NEWNET = 0x40000000
FIELDS = {"dmac": slice(0, 6), "smac": slice(6, 12)}
PAUSE = 0.004


def enter(path):
    """This process, and what it opens or starts from now on, is in that namespace."""
    library = ctypes.CDLL(None, use_errno=True)
    handle = os.open(path, os.O_RDONLY)
    if library.setns(handle, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), path)
    os.close(handle)


def packets(path):
    """A socket for whole frames at the eth0 of a namespace."""
    enter(path)
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.bind(("eth0", ETH_P_ALL))
    opened.setblocking(False)
    return opened


def arrived(receiver, field, mac):
    """Whether such a frame is among those that wait; all of them are taken."""
    found = False
    while True:
        try:
            found |= receiver.recv(2048)[FIELDS[field]] == mac
        except BlockingIOError:
            return found


def main(sender, receiver, border, frame, field, mac, limit, *lines):
    frame = bytes.fromhex(frame)
    mac = bytes.fromhex(mac.replace(":", ""))
    sender = packets(sender)
    receiver = packets(receiver)
    enter(border)
    with subprocess.Popen(["ip", "-batch", "-"], stdin=subprocess.PIPE) as command:
        # The path's clock has no hurry with its seconds either.
        time.sleep(1.02 - time.monotonic() % 1)
        second = int(time.monotonic())
        for _ in range(3):
            sender.send(frame)
            time.sleep(PAUSE)
        arrived(receiver, field, mac)
        begun = time.monotonic()
        command.stdin.write("".join(line + "\n" for line in lines).encode())
        command.stdin.flush()
        taken = 0
        while taken <= int(limit):
            sender.send(frame)
            time.sleep(PAUSE)
            taken = int((time.monotonic() - begun) * 1000)
            if arrived(receiver, field, mac):
                break
        command.stdin.close()
    if int(time.monotonic()) != second:
        print("void")
    else:
        print(taken if taken <= int(limit) else "late")


main(*sys.argv[1:])
