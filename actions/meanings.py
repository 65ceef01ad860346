"""What each contact reason is called when the assistant asks "would you like to … or …?"."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    phrase: str
    """Completes "Would you like to …"."""
    example: str
    """What a customer would write for it: the button's payload."""


MEANINGS = {
    "track_order": Meaning("know where an order is", "where is my order"),
    "place_order": Meaning("place an order", "how do I place an order"),
    "change_order": Meaning("change an order", "I want to change my order"),
    "cancel_order": Meaning("cancel an order", "I want to cancel my order"),
    "change_shipping_address": Meaning(
        "correct a delivery address", "I need to change my delivery address"
    ),
    "set_up_shipping_address": Meaning(
        "add a delivery address", "I want to add a new delivery address"
    ),
    "delivery_options": Meaning("hear how we deliver", "what delivery options do you have"),
    "delivery_period": Meaning("know how long delivery takes", "how long does delivery take"),
    "check_invoice": Meaning("look at an invoice", "I want to see my invoice"),
    "get_invoice": Meaning("get an invoice", "please send me my invoice"),
    "check_payment_methods": Meaning("know how you can pay", "which payment methods do you take"),
    "payment_issue": Meaning("sort out a payment", "my payment did not go through"),
    "check_refund_policy": Meaning("hear our refund rules", "what is your refund policy"),
    "get_refund": Meaning("get money back", "I want a refund"),
    "track_refund": Meaning("know where a refund is", "where is my refund"),
    "return_item": Meaning("send something back", "I want to return an item"),
    "report_damaged_item": Meaning("report damage", "my item arrived damaged"),
    "complaint": Meaning("make a complaint", "I want to make a complaint"),
    "check_stock": Meaning("know if something is in stock", "is it in stock"),
    "check_price": Meaning("know a price", "how much does it cost"),
    "product_search": Meaning("find a product", "I am looking for a product"),
    "product_info": Meaning("hear more about a product", "tell me about a product"),
    "store_hours": Meaning("know our opening hours", "when are you open"),
    "recover_password": Meaning("reset a password", "I forgot my password"),
    "create_account": Meaning("open an account", "how do I create an account"),
    "edit_account": Meaning("change account details", "I want to edit my account details"),
    "delete_account": Meaning("close an account", "I want to delete my account"),
    "newsletter_subscription": Meaning(
        "change the newsletter", "I want to unsubscribe from the newsletter"
    ),
    "repair_or_warranty": Meaning("ask about repairs", "is this covered by the warranty"),
}
