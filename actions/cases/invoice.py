"""Bills: what they say, and sending them again."""

from __future__ import annotations

from actions.backend import Invoice, Order
from actions.cases.case import Case
from actions.reply import Reply
from actions.turn import Services
from actions.wording import Words, amount, on_day, order_number


def masked(email: str) -> Words:
    """Enough to recognise it, too little to learn it: "a…s@example.com"."""
    local, _, host = email.partition("@")
    shown = local[0] + "…" + (local[-1] if len(local) > 2 else "")
    return Words(f"{shown}@{host}", f"the one at {host.replace('.', ' dot ')}")


async def send_invoice(number: str, turn_id: str, reply: Reply, services: Services) -> None:
    """Raises BackendUnavailable, NotAllowed."""
    address = await services.shop.send_invoice(number, turn_id=turn_id)
    reply.say("invoice_sent", number=order_number(number), email=masked(address))


class _AboutInvoice(Case):
    async def work(self) -> None:
        order = await self.which.order()
        if order is None:
            return
        invoice = await self.services.shop.invoice(order.number)
        if invoice is None:
            return self.finish("no_invoice_yet", number=order_number(order.number))
        await self.tell(order, invoice)

    async def tell(self, order: Order, invoice: Invoice) -> None:
        raise NotImplementedError


class GetInvoice(_AboutInvoice):
    goal = "get_invoice"
    contact_reason = "get_invoice"

    async def tell(self, order: Order, invoice: Invoice) -> None:
        await send_invoice(order.number, self.turn.id, self.reply, self.services)
        self.finish()


class SeeInvoice(_AboutInvoice):
    goal = "see_invoice"
    contact_reason = "check_invoice"

    async def tell(self, order: Order, invoice: Invoice) -> None:
        self.reply.lead(
            self.reply.phrase(
                "invoice_is",
                number=order_number(order.number),
                invoice=Words(invoice.number, ""),
                when=on_day(invoice.issued_on, self.services.today()),
                amount=amount(invoice.total_cents, invoice.currency),
            )
        )
        self.reply.ask_yes_no("offer_invoice")
        self.events.append(self.turn.ask("send_invoice", number=order.number, **self.kept()))
        self.done = True
