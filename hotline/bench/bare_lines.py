"""Yardstick for the FastAGI server: a bare Twisted line server that sends thirty fixed commands and parses nothing."""

from __future__ import annotations

from twisted.internet.protocol import ServerFactory
from twisted.protocols.basic import LineOnlyReceiver

from hotline.bench.serving import serve

COMMANDS = 30


class BareLines(LineOnlyReceiver):
    """Waits for the blank line, then answers each line with the next command."""

    delimiter = b"\n"
    left = -1

    def lineReceived(self, line: bytes) -> None:
        if self.left < 0:
            if line:
                return
            self.left = COMMANDS
        if self.left == 0:
            assert self.transport is not None
            self.transport.loseConnection()
            return
        self.left -= 1
        assert self.transport is not None
        self.transport.write(b'SET VARIABLE STEP "thirty commands"\n')


if __name__ == "__main__":
    factory = ServerFactory()
    factory.protocol = BareLines
    serve(factory)
