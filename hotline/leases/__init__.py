"""What only one process of the house may do at a time: leases as processes hold them.

Law of this module: a lease that another holds is taken when its time is over; or when its holder, a process of this very machine, is gone; or
when for a whole term of our own monotonic time its holder gave no sign of life, whatever any clock says. Losing one is no fault:
the other process does the work.
"""

from __future__ import annotations

from hotline.leases.holder import Holder
from hotline.leases.job import JobLeases, LeasedJob
from hotline.leases.taking import TERM_SECONDS, Leases, Turn
from hotline.leases.tenure import Tenure

__all__ = ["TERM_SECONDS", "Holder", "JobLeases", "LeasedJob", "Leases", "Tenure", "Turn"]
