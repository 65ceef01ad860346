"""How far a refund is."""

from __future__ import annotations

from actions.backend import Order, OrderState, Return, ReturnState, ReturnWish
from actions.cases.case import Case
from actions.wording import Words, amount, on_day, order_number, spelled


class TrackRefund(Case):
    goal = "refund_status"
    contact_reason = "track_refund"

    def owned_choice(self, order: Order) -> bool:
        return order.state in (OrderState.CANCELLED, OrderState.RETURNED, OrderState.DELIVERED)

    async def work(self) -> None:
        order = await self.which.order()
        if order is None:
            return
        number = order_number(order.number)
        returns = await self.services.shop.returns_of(order.number)
        if returns:
            for one in returns[:2]:
                self._tell(one, number)
            return self.finish()
        if order.state is OrderState.CANCELLED:
            return self.finish("refund_of_cancelled", number=number)
        self.reply.lead(self.reply.phrase("no_refund_yet", number=number))
        self.offer_person("policy")

    def _tell(self, one: Return, number: Words) -> None:
        today = self.services.today()
        key = "replacement" if one.wish is ReturnWish.REPLACEMENT else one.state.value
        moments = {
            ReturnState.REQUESTED: one.requested_at,
            ReturnState.RECEIVED: one.received_at,
            ReturnState.REFUNDED: one.refunded_at,
        }
        moment = moments.get(one.state) or one.requested_at
        self.reply.say(
            f"refund_{key}",
            number=number,
            rma=Words(one.rma, spelled(one.rma.removeprefix("RMA-"))),
            amount=amount(one.refund_cents, one.currency),
            when=on_day(moment.date(), today),
        )
