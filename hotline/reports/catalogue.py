"""Every report by its name, in the order in which a list shows them."""

from __future__ import annotations

from hotline.reports.booking_rate import BOOKING_RATE
from hotline.reports.bookings import CATEGORIES, NO_SHOW, VOLUME
from hotline.reports.owed import RECEIVABLES, REFUNDS
from hotline.reports.people import BANS, NO_SHOWS
from hotline.reports.punctuality import FIRST_VISITS, PUNCTUALITY
from hotline.reports.report import Report
from hotline.reports.takings import ACCOUNTS, TAKINGS, TAKINGS_DAILY, TAKINGS_ITEMS, TAKINGS_MONTHLY
from hotline.reports.workload import WORKLOAD

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        BOOKING_RATE,
        NO_SHOW,
        PUNCTUALITY,
        FIRST_VISITS,
        VOLUME,
        CATEGORIES,
        WORKLOAD,
        TAKINGS,
        TAKINGS_DAILY,
        TAKINGS_MONTHLY,
        TAKINGS_ITEMS,
        ACCOUNTS,
        REFUNDS,
        RECEIVABLES,
        NO_SHOWS,
        BANS,
    )
}
