"""What all tables share: types, the id, the shard key, and how each engine makes a table.

Column types that differ by engine are told apart here and nowhere else. Collation is binary on MariaDB, so that both engines
compare text alike.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BINARY, BigInteger, Column, DateTime, ForeignKey, Integer, LargeBinary, MetaData, Table
from sqlalchemy.dialects import mysql

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

BIG = BigInteger().with_variant(Integer(), "sqlite")
MOMENT = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
PRINT = BINARY(32).with_variant(LargeBinary(32), "sqlite")
SEALED = LargeBinary()
_BACKEND: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_bin",
    "sqlite_autoincrement": True,
}


def table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, Column("id", BIG, primary_key=True, autoincrement=True), *parts, **_BACKEND)


def hospital_id() -> Column[int]:
    return Column("hospital_id", Integer, nullable=False)


def to(name: str, target: str) -> Column[int]:
    return Column(name, BIG, ForeignKey(f"{target}.id"), nullable=False)
