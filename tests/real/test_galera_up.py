"""scripts/galera-up, galera-down: three nodes that are one database."""

from __future__ import annotations

import pytest
from sqlalchemy import NullPool, create_engine, text

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("galera")]


def test_what_is_written_on_one_node_is_read_on_the_others(galera, galera_urls):
    """Three nodes, each in step, and each tells what another was told."""
    galera.wait_synced()
    nodes = [create_engine(url, poolclass=NullPool) for url in galera_urls]
    with nodes[0].begin() as conn:
        conn.execute(text("CREATE TABLE said (id INT PRIMARY KEY, word VARCHAR(20))"))
        conn.execute(text("INSERT INTO said VALUES (1, '您好')"))
    for node in nodes[1:]:
        with node.connect() as conn:
            conn.execute(text("SET SESSION wsrep_sync_wait=1"))
            assert conn.execute(text("SELECT word FROM said")).scalar_one() == "您好"
