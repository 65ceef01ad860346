"""Which case each contact reason begins."""

from __future__ import annotations

from actions.cases.address import ChangeAddress, NewAddress
from actions.cases.cancel import CancelOrder
from actions.cases.case import Case
from actions.cases.change import ChangeOrder
from actions.cases.complaint import Complain
from actions.cases.give_back import GetRefund, ReportDamage, ReturnItem
from actions.cases.invoice import GetInvoice, SeeInvoice
from actions.cases.refund_status import TrackRefund
from actions.cases.reserve import ReserveItem
from actions.cases.track import TrackOrder

GOALS: dict[str, type[Case]] = {
    case.goal: case
    for case in (
        *(TrackOrder, CancelOrder, ChangeOrder, ChangeAddress, NewAddress, ReturnItem, GetRefund),
        *(ReportDamage, TrackRefund, SeeInvoice, GetInvoice, Complain, ReserveItem),
    )
}

GOAL_OF_INTENT = {case.contact_reason: goal for goal, case in GOALS.items()} | {
    "give_number": "track",
    "correct_last": "track",
    "give_address": "new_address",
}
