"""A simulated SMSC and simulated phones, on the same codec and session as the real link."""

from __future__ import annotations

from sms_gateway.simulator.faults import Faults
from sms_gateway.simulator.service import SimulatorService, make_simulator_service
from sms_gateway.simulator.simulator import Simulator

__all__ = ["Faults", "Simulator", "SimulatorService", "make_simulator_service"]
