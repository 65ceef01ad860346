"""Calling an order off."""

from __future__ import annotations

from actions.backend import Order, OrderState, Refusal
from actions.cases.case import Case
from actions.order_words import FINISHED, items_of
from actions.wording import amount, by_day, order_number

_DAYS = 5
"""Working days, where the shop names no day."""


class CancelOrder(Case):
    goal = "cancel"
    contact_reason = "cancel_order"
    related = frozenset({"refund", "refund_status"})
    """"How long would the refund take?" asks about what our question offers."""

    def owned_choice(self, order: Order) -> bool:
        return order.state not in FINISHED

    async def work(self) -> None:
        order = await self.which.order()
        if order is None:
            return
        number = order_number(order.number)
        if self.confirmed():
            return await self._cancel(order)
        options = await self.services.shop.options(order.number)
        if options is not None and options.cancel:
            return self._cannot(order, options.cancel)
        refund = amount(options.cancel_refund_cents if options else 0, order.currency)
        paid = options is not None and options.cancel_refund_cents > 0
        sure = self.confirm(
            "confirm_cancel_paid" if paid else "confirm_cancel_unpaid",
            number=number,
            items=items_of(self.reply.phrases, order.lines),
            amount=refund,
        )
        if sure is False:
            self.finish("left_as_it_is", number=number)

    async def _cancel(self, order: Order) -> None:
        number = order_number(order.number)
        done = await self.services.shop.cancel_order(order.number, turn_id=self.turn.id)
        if not done.refund_cents:
            return self.finish("cancelled_unpaid", number=number)
        back = amount(done.refund_cents, done.currency)
        promises = []
        when = self.reply.phrase("within_days", count=_DAYS)
        if done.refund_by:
            when = by_day(done.refund_by, self.services.today())
            promise = self.reply.phrase("promise_refund", amount=back, number=number).text
            promises = [{"text": promise, "due": done.refund_by.isoformat()}]
        fields = {"promises": promises}
        self.finish("cancelled", number=number, amount=back, when=when, fields=fields)

    def _cannot(self, order: Order, refusal: Refusal) -> None:
        number = order_number(order.number)
        if order.state in (OrderState.CANCELLED, OrderState.RETURNED):
            self.finish(f"cannot_cancel_{refusal}", number=number)
        elif refusal is Refusal.DELIVERED:
            self.reply.ask_yes_no("cancel_is_return", number=number)
            self.events.append(self.turn.ask("begin", goal="return", number=order.number))
            self.done = True
        else:
            self.cannot(f"Stop order {order.number} on its way", refusal.value, number=number)
