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

GOAL_OF_INTENT = {
    "track_order": "track",
    "give_number": "track",
    "correct_last": "track",
    "cancel_order": "cancel",
    "change_order": "change",
    "change_shipping_address": "address",
    "set_up_shipping_address": "new_address",
    "give_address": "new_address",
    "return_item": "return",
    "get_refund": "refund",
    "report_damaged_item": "damaged",
    "track_refund": "refund_status",
    "check_invoice": "see_invoice",
    "get_invoice": "get_invoice",
    "complaint": "complaint",
    "reserve_item": "reserve",
}
