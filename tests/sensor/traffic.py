# SPDX-License-Identifier: Apache-2.0
"""Connections over the loopback of a network namespace of our own: opened, and reset, so that each
is a flow that is over.  Half of them are to what is listed."""

import ctypes
import os
import socket
import struct
import subprocess
import sys
import threading
import time

from border import LISTED, OTHER, OWN

CLONE_NEWNET = 0x40000000


def enter_namespace():
    """A network of our own, with the addresses of the tests on its loopback; False: not allowed."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    for command in (["link", "set", "lo", "up"], *(["addr", "add", one + "/32", "dev", "lo"]
                                                    for one in (LISTED, OTHER, OWN))):
        if subprocess.run(["ip", *command], check=False, capture_output=True).returncode != 0:
            return False
    return True


def accept(door):
    while True:
        try:
            door.accept()[0].close()
        except OSError:
            pass


def open_doors(doors=[]):  # once for all tests
    for to in (LISTED, OTHER) if not doors else ():
        door = socket.socket()
        door.bind((to, 443))
        door.listen(512)
        doors.append(door)
        threading.Thread(target=accept, args=(door,), daemon=True).start()


class Connections:
    """In `made`: when, and to whom."""

    def __init__(self, pause=0.004):
        self.pause, self.made, self.going = pause, [], True
        open_doors()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def connect(self, to):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.bind((OWN, 0))
            one.settimeout(1)
            try:
                one.connect((to, 443))
            except OSError:
                return
        self.made.append((time.time(), to))

    def run(self):
        while self.going:
            self.connect(LISTED)
            self.connect(OTHER)
            time.sleep(self.pause)

    def stop(self):
        self.going = False
        self.thread.join()


def main():
    """usage: traffic.py SECONDS"""
    connections = Connections()
    time.sleep(float(sys.argv[1]))
    connections.stop()


if __name__ == "__main__":
    main()
