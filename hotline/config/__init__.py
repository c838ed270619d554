"""What the hotline is told: TOML, then ``conf.d``, then the environment, then options; read whole, every fault reported at once."""

from __future__ import annotations

from hotline.config.reading import Faults, read_config
from hotline.config.sources import Fault
from hotline.config.tables import Config

__all__ = ["Config", "Fault", "Faults", "read_config"]
