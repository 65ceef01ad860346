"""How the demo shop's parcels travel: shipments and what the carriers report about them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from actions.backend import OrderState
from actions.shop.demo import Row
from actions.shop.demo.dice import Dice


class Post:
    """Ships orders so that each parcel agrees with its order's state, and collects the rows."""

    def __init__(self, today: date, warehouses: list[Row], business: dict[str, Any]) -> None:
        self.today = today
        self.yesterday = today - timedelta(days=1)
        self.senders = [warehouse for warehouse in warehouses if not warehouse["pickup"]]
        self.carriers: list[Row] = business["carriers"]
        self.business = business
        self.dice = Dice("parcels")
        self.rows: dict[str, list[Row]] = {
            name: [] for name in ("shipments", "shipment_items", "tracking_events")
        }
        self.delivered_on: dict[int, date] = {}
        """By order id, the day the last parcel came."""

    def ship(self, order: Row, lines: list[Row], place: str) -> date | None:
        """Make the parcels of one order. Returns the day all of it was delivered, if it was."""
        placed_on: date = order["placed_at"].date()
        match order["state"]:
            case OrderState.PACKED:
                self._packed(order, lines)
            case OrderState.PARTLY_SHIPPED:
                cut = self.dice.whole(1, len(lines) - 1)
                if self.dice.chance(0.5):
                    self._delivered(order, lines[:cut], place, placed_on, self.yesterday)
                else:
                    self._travelling(order, lines[:cut], place, order["expected_on"])
                if self.dice.chance(0.5):
                    self._packed(order, lines[cut:])
            case OrderState.SHIPPED:
                if len(lines) > 1 and self.dice.chance(0.3):
                    self._delivered(order, lines[:1], place, placed_on, self.yesterday)
                    lines = lines[1:]
                self._travelling(order, lines, place, order["expected_on"])
            case OrderState.OUT_FOR_DELIVERY:
                parcel = self._travelling(order, lines, place, self.today)
                self._event(parcel, self.yesterday, 22, place, "On the vehicle for delivery")
            case OrderState.DELAYED:
                self._late(order, lines, place)
            case OrderState.DELIVERED | OrderState.RETURNED:
                return self._arrived(order, lines, place, placed_on)
        return None

    def _arrived(self, order: Row, lines: list[Row], place: str, placed_on: date) -> date:
        """All delivered, in one parcel or two, some of them late."""
        parts = [lines]
        if len(lines) > 1 and self.dice.chance(0.2):
            parts = [lines[:1], lines[1:]]
        days = [
            min(placed_on + timedelta(days=self.dice.whole(4, 9)), self.yesterday) for _ in parts
        ]
        for part, day in zip(parts, days, strict=True):
            self._delivered(order, part, place, placed_on, day)
        self.delivered_on[order["id"]] = max(days)
        return max(days)

    def _packed(self, order: Row, lines: list[Row]) -> None:
        parcel, sender = self._parcel(order, lines, order["expected_on"])
        self._event(parcel, self.yesterday, 17, sender, "Label created, waiting for the carrier")

    def _travelling(self, order: Row, lines: list[Row], place: str, expected: date) -> Row:
        """Left the day before yesterday, at the latest hub yesterday."""
        left = self.today - timedelta(days=2)
        parcel, sender = self._parcel(order, lines, expected)
        self._leave(parcel, sender, left)
        self._event(parcel, self.yesterday, 9, self._hub(sender), "Arrived at the sorting hub")
        return parcel

    def _delivered(
        self, order: Row, lines: list[Row], place: str, placed_on: date, day: date
    ) -> None:
        left = min(placed_on + timedelta(days=1), day - timedelta(days=2))
        late = self.dice.whole(1, 3) if self.dice.chance(0.1) else 0
        # Even a late parcel was promised for some day after it left.
        expected = max(day - timedelta(days=late), left + timedelta(days=1))
        parcel, sender = self._parcel(order, lines, expected)
        self._leave(parcel, sender, left)
        hub = self._hub(sender)
        self._event(parcel, day - timedelta(days=1), 9, hub, "Arrived at the sorting hub")
        if expected < day:
            trouble = self.dice.pick(self.business["troubles"])
            self._event(parcel, day - timedelta(days=1), 15, hub, trouble)
        self._event(parcel, day, 8, place, "On the vehicle for delivery")
        words = self.dice.pick(self.business["doorsteps"])
        parcel["delivered_at"] = self._event(parcel, day, self.dice.whole(14, 23), place, words)

    def _late(self, order: Row, lines: list[Row], place: str) -> None:
        """A quarter waits for goods and has no parcel; of the others some have a new estimate."""
        if self.dice.chance(0.25):
            return
        promised: date = order["expected_on"]
        new = self.today + timedelta(days=self.dice.whole(1, 4))
        estimate = new if self.dice.chance(0.6) else promised
        parcel, sender = self._parcel(order, lines, estimate)
        self._leave(parcel, sender, promised - timedelta(days=3))
        hub = self._hub(sender)
        self._event(parcel, promised - timedelta(days=2), 9, hub, "Arrived at the sorting hub")
        trouble = self.dice.pick(self.business["troubles"])
        self._event(parcel, promised - timedelta(days=1), 20, hub, trouble)

    def _parcel(self, order: Row, lines: list[Row], expected: date) -> tuple[Row, str]:
        """A shipment that has not left yet, and the place it will leave from."""
        sender = self.dice.weighted(self.senders, [2] + [1] * (len(self.senders) - 1))
        carrier = self.dice.weighted(self.carriers, [entry["weight"] for entry in self.carriers])
        parcel = {
            "id": len(self.rows["shipments"]) + 1,
            "order_id": order["id"],
            "warehouse_id": sender["id"],
            "carrier": carrier["name"],
            "tracking_number": carrier["prefix"] + self.dice.digits(carrier["digits"]),
            "shipped_at": None,
            "expected_on": expected,
            "delivered_at": None,
        }
        self.rows["shipments"].append(parcel)
        self.rows["shipment_items"] += [
            {
                "shipment_id": parcel["id"],
                "order_item_id": line["id"],
                "quantity": line["quantity"],
            }
            for line in lines
        ]
        return parcel, f"{sender['city']}, {sender['state']}"

    def _leave(self, parcel: Row, sender: str, day: date) -> None:
        parcel["shipped_at"] = self._event(parcel, day, 18, sender, "Picked up by the carrier")
        self._event(parcel, day, 23, sender, "Left the carrier's depot")

    def _hub(self, sender: str) -> str:
        hub: str = self.dice.pick(self.business["hubs"])
        return hub if hub != sender else str(self.business["hubs"][0])

    def _event(self, parcel: Row, day: date, hour: int, place: str, text: str) -> datetime:
        at = datetime.combine(day, time(hour, self.dice.whole(0, 59)), UTC)
        self.rows["tracking_events"].append(
            {
                "id": len(self.rows["tracking_events"]) + 1,
                "shipment_id": parcel["id"],
                "at": at,
                "place": place,
                "text": text,
            }
        )
        return at
