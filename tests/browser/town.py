"""A small town to walk through: one brand, a dealer, two stores with full shelves, staff, and a payment provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.goods.catalog.actions import ProductWanted, SkuWanted, add_products
from sitong.goods.models import Product
from sitong.goods.pricing.actions import PriceWanted, set_prices
from sitong.shared.access.actions.factors import DEMO_PASSWORD
from tests.make.access import a_staff
from tests.make.goods import a_category, on_shelf, stocked
from tests.make.org import a_brand, a_dealer, a_store, done

PASSWORD = DEMO_PASSWORD
"""With it headquarters' second factor is the demo's, whose digits the page shows. Each digits hold once, so each walk has its own account."""

DEPARTMENTS = [
    ("produce", "果蔬", "Fruit and vegetables", [("apples", "苹果", "Apples"), ("citrus", "柑橘", "Citrus"), ("veg", "蔬菜", "Vegetables")]),
    ("dairy", "乳品蛋类", "Dairy and eggs", [("milk", "牛奶", "Milk"), ("yogurt", "酸奶", "Yogurt"), ("eggs", "鸡蛋", "Eggs")]),
    ("bakery", "烘焙", "Bakery", [("bread", "面包", "Bread"), ("cakes", "蛋糕", "Cakes")]),
    ("drinks", "饮料", "Drinks", [("coffee", "咖啡", "Coffee"), ("tea", "茶", "Tea"), ("juice", "果汁", "Juice"), ("beer", "啤酒", "Beer")]),
    ("meat", "鲜肉", "Fresh meat", [("beef", "牛肉", "Beef"), ("pork", "猪肉", "Pork")]),
    ("snacks", "零食", "Snacks", [("cookies", "饼干", "Cookies"), ("nuts", "坚果", "Nuts"), ("candy", "糖果", "Candy")]),
    ("care", "个人护理", "Personal care", [("hair", "洗发护发", "Hair care"), ("soap", "香皂", "Soap")]),
    ("home", "家居清洁", "Home and cleaning", [("clean", "清洁用品", "Household cleaning"), ("paper", "纸品", "Paper towels")]),
    ("flowers", "鲜花", "Flowers", [("roses", "玫瑰", "Roses")]),
    ("pets", "宠物", "Pets", [("dogs", "狗粮", "Dog food")]),
]  # fmt: skip
# code, name, English name, category, price in fen, stock, weighed
GOODS = [
    ("milk-1l", "全脂鲜牛奶 1L", "Whole milk 1 l", "milk", 1290, 80, False),
    ("milk-skim", "脱脂牛奶 1L", "Skimmed milk 1 l", "milk", 1190, 60, False),
    ("apple-fuji", "红富士苹果", "Fuji apples", "apples", 1580, 50_000, True),
    ("apple-green", "青苹果", "Green apples", "apples", 1880, 30_000, True),
    ("orange", "赣南脐橙", "Navel oranges", "citrus", 1280, 40_000, True),
    ("carrot", "胡萝卜", "Carrots", "veg", 498, 20_000, True),
    ("yogurt-plain", "原味酸奶 6 杯", "Plain yogurt, 6 cups", "yogurt", 1680, 45, False),
    ("eggs-12", "散养鸡蛋 12 枚", "Free-range eggs, a dozen", "eggs", 1990, 70, False),
    ("bread-rye", "黑麦面包", "Rye bread", "bread", 1450, 12, False),
    ("cake-cream", "奶油小蛋糕", "Small cream cake", "cakes", 2600, 6, False),
    ("coffee-beans", "云南咖啡豆 250g", "Yunnan coffee beans 250 g", "coffee", 5800, 25, False),
    ("tea-green", "明前龙井 100g", "Longjing green tea 100 g", "tea", 12800, 18, False),
    ("juice-orange", "鲜榨橙汁 1L", "Fresh orange juice 1 l", "juice", 1980, 30, False),
    ("beer-ale", "精酿艾尔啤酒 500ml", "Craft ale 500 ml", "beer", 1580, 90, False),
    ("beef-steak", "西冷牛排", "Sirloin steak", "beef", 16800, 8_000, True),
    ("pork-ribs", "肋排", "Pork ribs", "pork", 5980, 9_000, True),
    ("cookies-butter", "黄油曲奇", "Butter cookies", "cookies", 2290, 55, False),
    ("nuts-mix", "每日坚果 30 包", "Daily nuts, 30 packs", "nuts", 9900, 33, False),
    ("candy-milk", "大白兔奶糖 200g", "White rabbit milk candy 200 g", "candy", 1280, 0, False),
    ("shampoo", "柔顺洗发水 500ml", "Smooth shampoo 500 ml", "hair", 3990, 21, False),
    ("soap-olive", "橄榄香皂", "Olive soap", "soap", 690, 64, False),
    ("cleaner", "厨房清洁剂", "Kitchen cleaner", "clean", 1890, 40, False),
    ("towels", "厨房纸 4 卷", "Kitchen paper, 4 rolls", "paper", 2190, 38, False),
    ("roses-11", "红玫瑰 11 枝", "Eleven red roses", "roses", 8800, 5, False),
    ("dog-food", "成犬粮 2kg", "Adult dog food 2 kg", "dogs", 7900, 15, False),
]  # fmt: skip


@dataclass(frozen=True)
class Town:
    """What a test needs to find its way. `skus` is by product code."""

    brand: Any
    dealer: Any
    direct: Any
    franchise: Any
    skus: dict[str, UUID]
    products: dict[str, UUID]

    @property
    def shop(self) -> str:
        """Address of the direct store's mini shop."""
        return f"/s/{self.brand.code}/{self.direct.code}/"


def a_town(now: datetime) -> Town:
    """Found it, through the platform's own actions. `now` is the real time: pages read the clock."""
    long_ago = now - timedelta(days=30)
    brand = a_brand(code="sitong", name="四通生活", name_en="Sitong Living", now=long_ago)
    dealer = a_dealer(brand, code="east", name="华东商贸", now=long_ago)
    direct = a_store(
        brand, code="people", name="人民广场店", name_en="People's Square", address="南京西路 100 号", phone="021-5555 0100", now=long_ago,
        theme={"color": "#0b7a5f", "banner": "新鲜每一天", "notice": "会员日全场满减，欢迎光临", "notice_en": "Members' day this week. Welcome!"},
    )  # fmt: skip
    franchise = a_store(
        dealer=dealer,
        code="lake",
        name="西湖店",
        name_en="West Lake",
        address="湖滨路 8 号",
        city="杭州",
        now=long_ago,
        theme={"color": "#b4235a"},
    )
    categories = {}
    for rank, (code, name, name_en, children) in enumerate(DEPARTMENTS):
        a_category(brand.id, code=code, name=name, name_en=name_en, rank=100 - rank, now=long_ago)
        for child_code, child_name, child_en in children:
            categories[child_code] = a_category(
                brand.id, code=f"{code}-{child_code}", name=child_name, name_en=child_en, parent_code=code, now=long_ago
            )
    skus, products = _goods(brand.id, categories, long_ago)
    for store in (direct, franchise):
        on_shelf(store, list(products.values()), now=long_ago)
        stocked(store, [(skus[code], stock) for code, _, _, _, _, stock, _ in GOODS], now=long_ago)
        stocked(store, [(skus["shirt-s"], 9), (skus["shirt-m"], 14), (skus["shirt-l"], 3)], now=long_ago)
    for outcome in set_prices([
        PriceWanted(skus["milk-1l"], 990, price_list="promotion", starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=6)),
        PriceWanted(skus["beer-ale"], 1380, quantity_from=6, starts_at=long_ago),
    ], by=None, now=now):  # fmt: skip
        done([outcome])
    _staff(brand, dealer, direct, franchise, long_ago)
    return Town(brand, dealer, direct, franchise, skus, {code: product.id for code, product in products.items()})


def _goods(brand_id: UUID, categories: dict[str, Any], now: datetime) -> tuple[dict[str, UUID], dict[str, Product]]:
    wanted = [
        ProductWanted(
            brand_id,
            code,
            name,
            name_en,
            category_id=categories[category].id,
            rank=1000 - at,
            skus=(SkuWanted(code, weighed=weighed),),
        )
        for at, (code, name, name_en, category, _, _, weighed) in enumerate(GOODS)
    ]
    wanted.append(ProductWanted(
        brand_id, "shirt", "纯棉 T 恤", "Cotton T-shirt", category_id=categories["clean"].id, rank=990,
        skus=(SkuWanted("shirt-s", "小码", "Small"), SkuWanted("shirt-m", "中码", "Medium"), SkuWanted("shirt-l", "大码", "Large")),
    ))  # fmt: skip
    products = {
        one.code: done([made]) for one, made in zip(wanted, add_products(wanted, by=None, now=now), strict=True)
    }
    skus = {sku.code: sku.id for one in wanted for sku in one.skus}
    prices = [PriceWanted(skus[code], price) for code, _, _, _, price, _, _ in GOODS]
    prices += [PriceWanted(skus[code], 5900) for code in ("shirt-s", "shirt-m", "shirt-l")]
    for outcome in set_prices(prices, by=None, now=now):
        done([outcome])
    return skus, products


def _staff(brand: Any, dealer: Any, direct: Any, franchise: Any, now: datetime) -> None:
    for username in ("headquarters", "headquarters-zh", "headquarters-en", "headquarters-sale"):
        a_staff("brand", brand, "owner", username=username, password=PASSWORD, name="林总", now=now)
    a_staff("dealer", dealer, "manager", username="dealer-east", password=PASSWORD, name="华东经理", now=now)
    a_staff("store", direct, "clerk", username="clerk-people", password=PASSWORD, name="小陈", now=now)
    a_staff("store", franchise, "manager", username="keeper-lake", password=PASSWORD, name="西湖店长", now=now)
