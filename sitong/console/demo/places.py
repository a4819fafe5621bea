"""Where the demo's stores stand: Chengdu, twelve districts, four dealers with two below each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from uuid import UUID

import h3

from sitong.console.demo.files import made_id, made_number
from sitong.org.dealers.actions import DealerWanted
from sitong.org.stores.actions import StoreWanted

CENTER = (30.6570, 104.0660)  # Tianfu Square, WGS-84
KM_PER_DEGREE = 111.2
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
SPACING_KM = 0.95
CELL_RESOLUTION = 7
DIRECT_STORES = 40

DISTRICTS = [
    ("锦江", "Jinjiang"), ("青羊", "Qingyang"), ("金牛", "Jinniu"), ("武侯", "Wuhou"), ("成华", "Chenghua"), ("高新", "Gaoxin"),
    ("天府", "Tianfu"), ("龙泉", "Longquan"), ("新都", "Xindu"), ("温江", "Wenjiang"), ("双流", "Shuangliu"), ("郫都", "Pidu"),
]  # fmt: skip
ROADS = [
    ("春熙路", "Chunxi Road"), ("人民路", "Renmin Road"), ("建设路", "Jianshe Road"), ("玉林街", "Yulin Street"), ("科华路", "Kehua Road"),
    ("蜀汉路", "Shuhan Road"), ("红星路", "Hongxing Road"), ("天仁路", "Tianren Road"), ("府城大道", "Fucheng Avenue"), ("桐梓林", "Tongzilin"),
    ("万年场", "Wannianchang"), ("沙湾", "Shawan"), ("九里堤", "Jiulidi"), ("牛市口", "Niushikou"), ("双楠", "Shuangnan"), ("华阳", "Huayang"),
    ("中和", "Zhonghe"), ("犀浦", "Xipu"), ("龙湖", "Longhu"), ("锦城湖", "Jincheng Lake"),
]  # fmt: skip
SECTORS = [("东区", "East"), ("北区", "North"), ("西区", "West"), ("南区", "South")]
THEMES = ["#c8102e", "#0b7a53", "#1f5fbf", "#b45f06", "#6a3fa0"]
HOURS = {str(weekday): [["08:00", "22:00"]] for weekday in range(1, 8)}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a store stands."""

    latitude: float
    longitude: float
    sector: int
    outer: bool

    @property
    def dealer_code(self) -> str:
        """The dealer in whose territory the spot lies."""
        return f"D{self.sector + 1}{'B' if self.outer else 'A'}"


def spot(rank: int) -> Spot:
    """Give the place of the store with this rank by baskets, 0 the busiest: a sunflower around the center."""
    distance_km, angle = SPACING_KM * math.sqrt(rank + 0.5), rank * GOLDEN_ANGLE
    north, east = distance_km * math.sin(angle), distance_km * math.cos(angle)
    latitude = CENTER[0] + north / KM_PER_DEGREE
    longitude = CENTER[1] + east / (KM_PER_DEGREE * math.cos(math.radians(CENTER[0])))
    turned = (math.degrees(math.atan2(north, east)) + 45) % 360
    return Spot(round(latitude, 6), round(longitude, 6), int(turned // 90), rank >= 120)


def dealers(brand_id: UUID, entity_ids: dict[str, UUID], stores: int) -> list[DealerWanted]:
    """Give the four dealers and the two below each, with the cells in which their stores lie as territory."""
    cells: dict[str, set[str]] = {}
    for rank in range(stores):
        at = spot(rank)
        cell = h3.latlng_to_cell(at.latitude, at.longitude, CELL_RESOLUTION)
        for code in (at.dealer_code, at.dealer_code[:2]):
            cells.setdefault(code, set()).add(cell)
    wanted = []
    for sector, (name, name_en) in enumerate(SECTORS):
        top = f"D{sector + 1}"
        wanted.append(DealerWanted(
            id=made_id("dealer", top), brand_id=brand_id, entity_id=entity_ids[top], code=top, name=f"成都{name}总经销",
            name_en=f"Chengdu {name_en} distribution", territory=tuple(sorted(cells.get(top, ()))),
        ))  # fmt: skip
        for part, ring, ring_en in (("A", "内环", "inner ring"), ("B", "外环", "outer ring")):
            code = top + part
            wanted.append(DealerWanted(
                id=made_id("dealer", code), brand_id=brand_id, entity_id=entity_ids[code], code=code, name=f"成都{name}{ring}经销",
                name_en=f"Chengdu {name_en}, {ring_en}", parent_id=made_id("dealer", top), territory=tuple(sorted(cells.get(code, ()))),
            ))  # fmt: skip
    return wanted


def kind_of(rank: int, number: int) -> str:
    """Give a store's kind: the busiest are direct, the others mostly franchise."""
    if rank < DIRECT_STORES:
        return "direct"
    return ("franchise", "franchise", "franchise", "special", "authorized")[made_number("kind", number, 5)]


def store(brand_id: UUID, number: int, rank: int, entity_ids: dict[str, UUID]) -> StoreWanted:
    """Give a store of the data set (its number there) as one to open; direct ones belong to the brand's own company."""
    place, kind = spot(rank), kind_of(rank, number)
    district, district_en = DISTRICTS[made_number("district", number, len(DISTRICTS))]
    road, road_en = ROADS[made_number("road", number, len(ROADS))]
    direct = kind == "direct"
    return StoreWanted(
        id=made_id("store", number), brand_id=brand_id, kind=kind, code=str(number),
        entity_id=entity_ids["brand"] if direct else entity_ids[place.dealer_code],
        dealer_id=None if direct else made_id("dealer", place.dealer_code),
        name=f"{district}{road}{number}店", name_en=f"{district_en} {road_en} No. {number}", city="成都",
        address=f"成都市{district}区{road}{made_number('door', number, 380) + 1}号", phone=f"028-6{made_number('phone', number, 10**7):07d}",
        latitude_e6=round(place.latitude * 1e6), longitude_e6=round(place.longitude * 1e6), hours=HOURS,
        delivery=rank < 120, appointments=False, online_takes_stock=kind != "franchise" or made_number("online", number, 4) > 0,
        theme={"color": THEMES[made_number("theme", number, len(THEMES))]},
    )  # fmt: skip
