"""How a call, or a command in it, can end otherwise than well. One base; nothing else leaves ``ivr.agi``."""

from __future__ import annotations

from ivr.agi.wire import Reply


class CallEnded(Exception):
    """No command can be sent any more."""


class CallerHungUp(CallEnded):
    """The caller, or Asterisk with the caller, is gone. What the flow still has to note it notes elsewhere."""


class DeadlinePassed(CallEnded):
    """Asterisk left a command unanswered longer than its class allows; the connection is given up."""


class OutOfStep(CallEnded):
    """What Asterisk sent is no answer to what was asked; ``args[0]`` is the fault's kind."""


class CommandFailed(Exception):
    """Asterisk refused or could not do this command; the call goes on."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.code} {reply.result or reply.text[:80]}")
        self.reply = reply


class TwoCommands(RuntimeError):
    """A second command while one is in flight: Asterisk would swallow one of the answers. Always a bug of ours."""


class GivenBack(CallEnded):
    """We do not serve this call any further: the dialplan, told by a ``failure`` line, takes it to whoever comes next."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
