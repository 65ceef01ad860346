"""Customers ask for things in their own words."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from actions.backend import ProductMatch
from actions.shop import SqlShop
from actions.shop.database import create_engine, reading, writing
from actions.shop.search import NAMED
from tests.shop.conftest import Clock, Databases

QUESTIONS = [
    ("do you have the alder jacket in red, large?", "Alder Rain Jacket"),
    ("Alder Rain Jacket", "Alder Rain Jacket"),
    ("aldar rain jaket", "Alder Rain Jacket"),
    ("older rain jacket", "Alder Rain Jacket"),  # as speech is heard
    ("is the kestrel down jacket still in stock in medium", "Kestrel Down Jacket"),
    ("tamarack hiking boots size 9 and a half", "Tamarack Hiking Boots"),
    ("Tamarack boots in ten and a half, brown please", "Tamarack Hiking Boots"),
    ("how much is the wallowa backpacking tent for two people", "Wallowa Backpacking Tent"),
    ("switchback trail runners size 10", "Switchback Trail Runners"),
    ("teton sixty five backpack in green", "Teton Backpack 65"),
    ("merino leggings aspen in small black", "Aspen Merino Leggings"),
    ("what's the price of the crux climbing harness, medium?", "Crux Climbing Harness"),
    ("when will the heron poncho be back in stock", "Heron Rain Poncho"),
    ("sun hoody mesa sky blue", "Mesa Sun Hoodie"),
    ("ember camp lanten", "Ember Camp Lantern"),
    ("bisn camp chair", "Bison Camp Chair"),
    ("Do u have polaris head lamps", "Polaris Headlamp"),
    ("i am looking for a raincoat", "Rain jackets"),
    ("do you sell sleeping bags", "Sleeping bags"),
    ("I need a head torch", "Headlamps and lanterns"),
    ("got any walking sticks?", "Trekking poles"),
    ("rucksack, sixty five liters", "Backpacks"),
    ("flip flops", "Sandals"),
    ("do you carry french presses", "Stoves and cookware"),
    ("warm winter coat for my wife, size M", "Insulated jackets"),
    ("trail running shoes size 11", "Trail running shoes"),
    ("wool hiking socks large", "Socks"),
    ("32 oz insulated water bottle in teal", "Water bottles"),
    ("I need a two person tent that is really light", "Tents"),
    ("duffle bag", "Travel bags"),
]
"""What was asked, and the product or category that has to come first."""


async def best(shop: SqlShop, question: str) -> ProductMatch:
    matches = await shop.search_products(question)
    assert matches, question
    return matches[0]


async def test_thirty_questions_find_what_was_meant(reader: SqlShop) -> None:
    missed = []
    for question, meant in QUESTIONS:
        product = (await best(reader, question)).product
        if meant not in (product.name, product.category):
            missed.append((question, product.name))
    assert missed == []


async def test_a_named_product_scores_as_named_and_a_category_only_resembles(
    reader: SqlShop,
) -> None:
    for question, meant in QUESTIONS:
        match = await best(reader, question)
        assert (match.score >= NAMED) == (meant == match.product.name), question
        assert 0 < match.score <= 1


async def test_the_model_alone_is_not_enough_where_many_bear_it(reader: SqlShop) -> None:
    matches = await reader.search_products("do you have the tahoma?")
    assert len(matches) == 5
    assert all("Tahoma" in match.product.name and match.score < NAMED for match in matches)
    assert (await best(reader, "do you have the firefly?")).score >= NAMED


@pytest.mark.parametrize(
    "question",
    ["", "?!", "where is my order", "do you have pianos", "the meaning of life", "guitar strings",
     "'; DELETE FROM products; --", "😀" * 500, "\x00\ud800", "zq " * 300_000],
)  # fmt: skip
async def test_what_is_not_sold_here_finds_nothing(reader: SqlShop, question: str) -> None:
    assert await reader.search_products(question) == []


async def test_colour_and_size_choose_the_variant(reader: SqlShop) -> None:
    match = await best(reader, "the alder rain jacket in red, large")
    assert (match.colour, match.size) == ("red", "L")
    assert [(v.colour, v.size) for v in match.variants] == [("red", "L")]
    assert len(match.product.variants) == 18


async def test_a_shade_is_found_by_its_family_and_half_sizes_by_ear(reader: SqlShop) -> None:
    match = await best(reader, "alder rain jacket, green, double XL")
    assert (match.colour, match.size) == ("forest green", "XXL")
    match = await best(reader, "tamarack hiking boots, size nine and a half")
    assert {v.size for v in match.variants} == {"9.5"}
    match = await best(reader, "marten beanie, medium")
    assert {v.size for v in match.variants} == {"S/M"}


async def test_a_colour_or_size_it_does_not_come_in_leaves_no_variant(reader: SqlShop) -> None:
    match = await best(reader, "alder rain jacket in purple")
    assert (match.colour, match.variants) == ("purple", ())
    match = await best(reader, "polaris mittens in XXL")
    assert (match.size, match.variants) == ("XXL", ())


async def test_a_size_of_another_sort_is_no_size(reader: SqlShop) -> None:
    match = await best(reader, "the large tarn backpacking tent")
    assert match.size is None
    assert match.variants == match.product.variants
    match = await best(reader, "willow hammock, medium")
    assert match.size is None


async def test_of_equals_the_one_in_the_right_colour_comes_first(reader: SqlShop) -> None:
    jackets = await reader.search_products("rain jacket", limit=4)
    colours = {variant.colour for match in jackets for variant in match.product.variants}
    assert len(colours) > 4
    for colour in colours:
        match = await best(reader, f"a {colour} rain jacket")
        assert match.colour == colour
        assert match.variants


async def test_stock_and_price_are_of_this_moment_names_of_the_last_minute(
    shop: SqlShop, demo_url: str, clock: Clock
) -> None:
    before = (await best(shop, "alder rain jacket in red, large")).variants[0]
    engine = create_engine(demo_url)
    changes = [
        "UPDATE stock SET on_hand = 0, restock_on = NULL WHERE variant_id = :id",
        "UPDATE stock SET restock_on = '2026-05-20' WHERE variant_id = :id AND warehouse_id = 1",
        "UPDATE variants SET price_cents = 4200 WHERE id = :id",
        "UPDATE products SET model = 'Zephyr', name = 'Zephyr Rain Jacket' "
        "WHERE name = 'Alder Rain Jacket'",
    ]
    async with writing(engine) as connection:
        variant = await connection.scalar(
            text("SELECT id FROM variants WHERE sku = :sku"), {"sku": before.sku}
        )
        for change in changes:
            await connection.execute(text(change), {"id": variant} if ":id" in change else {})
    await engine.dispose()

    after = (await best(shop, "alder rain jacket in red, large")).variants[0]
    assert (after.on_hand, after.price_cents, str(after.restock_on)) == (0, 4200, "2026-05-20")
    clock.move(seconds=59)
    assert (await best(shop, "zephyr rain jacket")).score < NAMED
    clock.move(seconds=1)
    assert (await best(shop, "zephyr rain jacket")).product.name == "Zephyr Rain Jacket"


async def test_stock_is_the_sum_of_all_warehouses(databases: Databases) -> None:
    url = await databases.demo("sqlite")
    shop = SqlShop(url)
    match = await best(shop, "willow hammock")
    await shop.close()
    engine = create_engine(url)
    async with reading(engine) as connection:
        for variant in match.product.variants:
            total = await connection.scalar(
                text(
                    "SELECT sum(on_hand) FROM stock JOIN variants ON variant_id = variants.id "
                    "WHERE sku = :sku"
                ),
                {"sku": variant.sku},
            )
            assert variant.on_hand == total
    await engine.dispose()
    assert match.product.price_cents == min(v.price_cents for v in match.product.variants)
