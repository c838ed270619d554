"""What an SMPP link counts. Labels are few and fixed: the SMSC's name from the configuration and words of this package."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class LinkMetrics:
    """One for all links of a process; every series carries the SMSC's name."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.bound = Gauge("hotline_smpp_bound", "1 while bound to the SMSC", ["smsc"], registry=registry)
        self.in_flight = Gauge("hotline_smpp_in_flight", "submit_sm not yet answered", ["smsc"], registry=registry)
        self.waiting = Gauge(
            "hotline_smpp_waiting", "submit_sm waiting for window or rate", ["smsc"], registry=registry
        )
        self.binds = Counter("hotline_smpp_binds", "Bind attempts by result", ["smsc", "result"], registry=registry)
        self.losses = Counter("hotline_smpp_losses", "Sessions ended, by cause", ["smsc", "cause"], registry=registry)
        self.deliveries = Counter(
            "hotline_smpp_deliveries", "deliver_sm by answer", ["smsc", "answer"], registry=registry
        )
        self.submits = Counter("hotline_smpp_submits", "submit_sm by outcome", ["smsc", "outcome"], registry=registry)
        self.malformed = Counter("hotline_smpp_malformed", "PDUs refused, by fault", ["smsc", "why"], registry=registry)
        self.strays = Counter(
            "hotline_smpp_strays", "Responses too late or to nothing", ["smsc", "kind"], registry=registry
        )
        self.answer_seconds = Histogram(
            "hotline_smpp_answer_seconds",
            "From submit_sm to its response",
            ["smsc"],
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
            registry=registry,
        )
