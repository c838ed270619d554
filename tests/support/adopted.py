"""The store's contract (tests/contract) taken over by a module that runs it on another database."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy import text

COUNTED = text(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND auto_increment > 1"
)
"""The tables of a server in which ids were given, also those that are empty again: a row that was rolled back has had its id."""

_CONTRACT = Path(__file__).parents[1] / "contract"


def adopt(mine: dict[str, Any], kind: str, only: Collection[str] | None = None) -> None:
    """Every test and fixture of the contract's modules (``only`` these, without ``test_store_``) becomes one of ``mine``, a module's
    own names; what that module defines after it takes the place of theirs.
    """
    came: dict[str, str] = {}
    for path in sorted(_CONTRACT.glob("test_store_*.py")):
        if only is not None and path.stem.removeprefix("test_store_") not in only:
            continue
        name = f"{kind}_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None, path
        assert spec.loader is not None, path
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        for key, value in vars(module).items():
            if key.startswith("test_") or type(value).__name__ == "FixtureFunctionDefinition":
                assert key not in came, f"{came[key]} and {path.name} both have {key}"
                came[key] = path.name
                mine[key] = value
