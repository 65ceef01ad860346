"""What the demo shop sells: products, variants, warehouses, stock, promotions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from actions.shop.demo import Row, words
from actions.shop.demo.dice import Dice


def goods(today: date) -> dict[str, list[Row]]:
    business = words("business")
    products: list[Row] = []
    variants: list[Row] = []
    dice = Dice("goods")
    for product, its_variants in _products(dice, business["currency"]):
        products.append({"id": len(products) + 1, **product})
        for variant in its_variants:
            variants.append({"id": len(variants) + 1, "product_id": len(products), **variant})
    warehouses = [
        {"id": number, **warehouse} for number, warehouse in enumerate(business["warehouses"], 1)
    ]
    return {
        "products": products,
        "variants": variants,
        "warehouses": warehouses,
        "stock": list(_stock(variants, warehouses, today)),
        "promotions": list(_promotions(business["promotions"], today)),
    }


def _products(dice: Dice, currency: str) -> Iterator[tuple[Row, list[Row]]]:
    catalogue = words("catalogue")
    families = words("synonyms")["colour_families"]
    steps: dict[str, int] = catalogue["size_steps"]
    for category in catalogue["category"]:
        number = 0
        palette = catalogue["palettes"][category["palette"]]
        for kind in category["kinds"]:
            run = kind.get("sizes", category.get("sizes"))
            sizes: list[str | None] = catalogue["sizes"][run] if run else [None]
            for model in kind["models"]:
                number += 1
                colours = kind.get("pinned", {}).get(model) or _colours(dice, palette, families)
                price = _price(dice, *kind["price"])
                details = " ".join(dice.some(category["details"], 2))
                variants = [
                    {
                        "sku": _sku(category["code"], number, colour, size),
                        "colour": colour,
                        "size": size,
                        "price_cents": price + place * 100 * steps.get(run, 0),
                    }
                    for colour in colours
                    for place, size in enumerate(sizes)
                ]
                product = {
                    "model": model,
                    "name": f"{model} {kind['name']}",
                    "category": category["name"],
                    "description": f"{kind['text']} {details}",
                    "currency": currency,
                }
                yield product, variants


def _colours(dice: Dice, palette: list[str], families: dict[str, list[str]]) -> list[str]:
    """Two to four, never two that a customer would call by the same word."""
    chosen: list[str] = []
    taken: set[str] = set()
    wanted = dice.whole(2, 4)
    for colour in dice.shuffled(palette):
        family = next((name for name, shades in families.items() if colour in shades), colour)
        if family not in taken and len(chosen) < wanted:
            taken.add(family)
            chosen.append(colour)
    return chosen


def _price(dice: Dice, lowest: int, highest: int) -> int:
    """Cents. Whole dollars above a hundred, else ninety-five cents, as shops do."""
    dollars = dice.whole(lowest, highest)
    return dollars * 100 if dollars >= 100 else dollars * 100 - 5


def _sku(code: str, number: int, colour: str, size: str | None) -> str:
    parts = [f"{code}{number:02}", "".join(word[:3] for word in colour.split())]
    if size:
        parts.append(size.replace(" ", "").replace("/", "").replace("-person", "P"))
    return "-".join(parts).upper()


def _stock(variants: list[Row], warehouses: list[Row], today: date) -> Iterator[Row]:
    dice = Dice("stock")
    for variant in variants:
        sold_out = dice.chance(0.12)
        restock = today + timedelta(days=dice.whole(3, 45)) if dice.chance(0.7) else None
        for warehouse in warehouses:
            most = 4 if warehouse["pickup"] else 25
            yield {
                "variant_id": variant["id"],
                "warehouse_id": warehouse["id"],
                "on_hand": 0 if sold_out or dice.chance(0.25) else dice.whole(1, most),
                # New goods arrive at the first warehouse and spread from there.
                "restock_on": restock if sold_out and warehouse["id"] == 1 else None,
            }


def _promotions(promotions: list[dict[str, Any]], today: date) -> Iterator[Row]:
    for number, promotion in enumerate(promotions, 1):
        first, last = promotion["days"]
        yield {
            "id": number,
            "code": promotion["code"],
            "title": promotion["title"],
            "percent_off": promotion["percent_off"],
            "category": promotion.get("category"),
            "starts_on": today + timedelta(days=first),
            "ends_on": today + timedelta(days=last),
        }
