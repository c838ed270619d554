"""Every channel variable that passes between us and the dialplan: a misspelt one would be a call that ends wrongly."""

from __future__ import annotations

from enum import StrEnum

DONE = "IVR_DONE"  # our last word; while it is unset the dialplan takes it that we failed
TRACE = "__IVR_TRACE"  # the two underscores let it reach the agent's leg
HEALTH = "IVR_HEALTH"
KEYS = "IVR_KEYS"  # what the caller keyed, by Read
READ_STATUS = "READSTATUS"
FIRST_KEY_SECONDS = "TIMEOUT(response)"  # a dialplan function: how long Read waits for the first key
NEXT_KEY_SECONDS = "TIMEOUT(digit)"  # and between keys

PAUSE_SOUND = "pause"  # the catalogue's moment of silence: where a play list that is too long is broken off


class Done(StrEnum):
    """What ``IVR_DONE`` may say."""

    DONE = "done"  # the dialplan hangs up
    QUEUE = "queue"  # the dialplan hands the caller to the agents
