"""What is counted about texts. No label ever holds a number, a name or words that somebody sent."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class TextMetrics:
    """Counters of the text gateway; ``smsc`` is the name from the configuration."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.taken = Counter(
            "hotline_sms_taken_total",
            "What came from the SMSC and was acknowledged: new, repeat, part, receipt, unanswerable",
            ["smsc", "what"],
            registry=registry,
        )
        self.put_off = Counter(
            "hotline_sms_put_off_total",
            "deliver_sm answered with a temporary error, so that the SMSC keeps it: store (out of order), closing",
            ["smsc", "why"],
            registry=registry,
        )
        self.answered = Counter(
            "hotline_sms_answered_total",
            "Texts answered, by command and outcome (OK or the reason of the refusal)",
            ["command", "outcome"],
            registry=registry,
        )
        self.answer_seconds = Histogram(
            "hotline_sms_answer_seconds",
            "From reading a committed text to the commit of its answer",
            registry=registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
        )
        self.backlog = Gauge("hotline_sms_backlog", "Texts taken and not yet answered, in memory", registry=registry)
        self.faults = Counter(
            "hotline_sms_faults_total",
            "Tries to answer that ended in a fault of ours: busy, bug",
            ["what"],
            registry=registry,
        )
        self.settled = Counter(
            "hotline_sms_settled_total",
            "Tries to send a text, by kind and what became of it: sent, again, failed",
            ["smsc", "kind", "what"],
            registry=registry,
        )
        self.resent_in_flight = Counter(
            "hotline_sms_resent_in_flight_total",
            "Texts sent again because nobody can tell whether the SMSC took them (lost link, no response, crash)",
            ["smsc"],
            registry=registry,
        )
        self.in_hand = Gauge("hotline_sms_in_hand", "Texts claimed and not yet settled", ["smsc"], registry=registry)
