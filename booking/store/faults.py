"""Which database errors mean "run the whole function again", which mean an outage, and which are answers or bugs.

Law of this module: a duplicate key (1062) is an answer, never a retry. To be run again: 1213 deadlock or Galera certification
failure, 1205 lock wait, 1020 row changed since read, 1047 node not ready, 1053 shutdown, 1180 a commit that could not be
made (a node cut off from its cluster), 2003/2006/2013/2055 refused, gone or lost; PyMySQL reports a connection that is already
dead as InterfaceError (0, ''). SQLite: locked or busy.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, TimeoutError

_RETRY_CODES = frozenset({1020, 1047, 1053, 1180, 1205, 1213, 2003, 2006, 2013, 2055})
# 1021/1114 no room, 1040/1203/1226 too many connections, 1290/1836 read-only, 1969 statement took too long
_OUTAGE_CODES = frozenset({1021, 1040, 1114, 1203, 1226, 1290, 1836, 1969})
_SQLITE_RETRY = ("locked", "busy")
_SQLITE_OUTAGE = ("disk", "unable to open", "readonly")


class TryAgain(Exception):
    """A store function lost a race that its own re-run decides (raised inside ``thd_`` functions only)."""


def is_transient(error: BaseException) -> bool:
    """Whether the same function may succeed when it is run again from its first statement."""
    if isinstance(error, TryAgain):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    if error.connection_invalidated:
        return True
    return _matches(error, _RETRY_CODES, _SQLITE_RETRY)


def is_outage(error: BaseException) -> bool:
    """Whether the database, not the function, is at fault: what ends as ``Busy`` when retries are used up."""
    if is_transient(error) or isinstance(error, TimeoutError):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    return _matches(error, _OUTAGE_CODES, _SQLITE_OUTAGE)


def fault_name(error: BaseException) -> str:
    """What a log line says of it: the class and the database's own number, nothing that could be personal."""
    arguments = getattr(getattr(error, "orig", None), "args", ())
    number = f" {arguments[0]}" if arguments and isinstance(arguments[0], int) else ""
    return f"{type(error).__name__}{number}"


def _matches(error: DBAPIError, codes: frozenset[int], words: tuple[str, ...]) -> bool:
    arguments = getattr(error.orig, "args", ())
    first = arguments[0] if arguments else None
    if isinstance(error, InterfaceError) and first == 0:
        return True
    if isinstance(first, int):
        return first in codes
    return isinstance(first, str) and any(word in first for word in words)
