"""The keys of big tables off and on again: rows go in at the speed of the clustered key, and each other key is sorted once (MariaDB only)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Engine, text

_KEY = re.compile(r"^\s+((?:UNIQUE KEY|KEY|CONSTRAINT) `(\w+)`.*?),?$", re.MULTILINE)


def take_off(engine: Engine, table: str) -> list[str]:
    """Drops every key but the primary; what ``put_back`` needs to make them again. Nothing on SQLite."""
    if engine.dialect.name == "sqlite":
        return []
    with engine.begin() as conn:
        made = conn.execute(text(f"SHOW CREATE TABLE `{table}`")).one()[1]
        found = _KEY.findall(made)
        # Foreign keys first: a key that one needs cannot go before it.
        drops = sorted((_drop(definition, name) for definition, name in found), key=lambda drop: "FOREIGN" not in drop)
        conn.execute(text("SET SESSION foreign_key_checks = 0"))
        conn.execute(text(f"ALTER TABLE `{table}` {', '.join(drops)}"))
    return [definition for definition, _ in found]


def put_back(engine: Engine, table: str, definitions: Sequence[str]) -> None:
    """Makes the keys again; whether foreign keys hold is not looked up."""
    if not definitions:
        return
    keys = [definition for definition in definitions if not definition.startswith("CONSTRAINT")]
    foreign = [definition for definition in definitions if definition.startswith("CONSTRAINT")]
    with engine.begin() as conn:
        conn.execute(text("SET SESSION max_statement_time = 0, foreign_key_checks = 0, unique_checks = 0"))
        for group in (keys, foreign):
            if group:
                conn.exec_driver_sql(f"ALTER TABLE `{table}` {', '.join(f'ADD {each}' for each in group)}")
        conn.execute(text(f"ANALYZE TABLE `{table}`"))


def _drop(definition: str, name: str) -> str:
    return f"DROP FOREIGN KEY `{name}`" if definition.startswith("CONSTRAINT") else f"DROP KEY `{name}`"
