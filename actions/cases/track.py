"""Where is my order."""

from __future__ import annotations

from actions.backend import ComplaintKind, Order
from actions.cases.case import Case
from actions.cases.goodwill import offer_goodwill
from actions.order_words import FINISHED, is_late, status


class TrackOrder(Case):
    goal = "track"
    contact_reason = "track_order"
    needs_owner = False

    def owned_choice(self, order: Order) -> bool:
        return order.state not in FINISHED

    async def read(self) -> bool:
        if self.which.says_it_is_lost():
            self.reply.say("find_order_number")
            return True
        return False

    async def work(self) -> None:
        order = await self.which.order()
        if order is None:
            return
        today = self.services.today()
        self.reply.say_words(status(self.reply.phrases, order, today), "order_status")
        if not is_late(order, today):
            self.finish()
        elif offer_goodwill(self, order, ComplaintKind.LATE, "late_offer"):
            pass
        elif order.number in (self.turn.slots.get("offered") or []):  # taken or declined before
            self.finish()
        else:
            self.offer_person("policy")
