"""What the steps 0001 to 0006 share: types that differ by engine, and how each engine makes a table.

Law of this module: nothing here ever changes, and no step imports the live schema (``booking.store.tables``), which does. A step that
needs another type, or the same one made otherwise, says so itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
PRINT = sa.BINARY(32).with_variant(sa.LargeBinary(32), "sqlite")
SEALED = sa.LargeBinary()
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
BACKEND: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
    "sqlite_autoincrement": True,
}
