"""The drawing that stands for a product without a picture: an icon by the words of its category, a tint by its id."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

TINTS = 8
ANYTHING = "shopping-bag"

# The first of these that begins a word of the category's English name decides, so the narrower ones stand first.
ICONS_BY_WORD: tuple[tuple[str, str], ...] = (
    ("calling card", "device-mobile"), ("quit smoking", "smoking"), ("frozen chicken", "meat"), ("peanut butter", "candy"),
    ("bath tissue", "toilet-paper"), ("newspaper", "news"), ("toys", "device-gamepad"), ("floral", "flower"), ("hot dog", "sausage"),
    ("packaged frozen", "snowflake"), ("egg", "eggs"), ("easter", "egg-cracked"), ("glass and", "glass"), ("non -dairy", "milk"),
    ("skin", "hand-sanitizer"), ("body", "hand-sanitizer"), ("pain", "pill"), ("family planning", "heart"), ("adult", "heart"),
    ("personal care", "hand-sanitizer"), ("natural care", "leaf"), ("care appliance", "brush"), ("small appliance", "plug"),
    ("car care", "gas-station"), ("watch", "clock"), ("sports souvenir", "star"), ("spring", "sun"), ("fall and", "leaf"),
    ("squash", "carrot"), ("crouton", "bread"), ("hispanic", "pepper"), ("heat and", "tools-kitchen-2"), ("prepared", "tools-kitchen-2"),
    ("party tray", "tools-kitchen-2"), ("chilled", "fridge"), ("freezing", "snowflake"), ("bulk", "basket"), ("plastic", "cup"),
    ("dessert", "ice-cream-2"), ("sweet bakes", "cake"), ("breakfast sweets", "cookie"), ("bakery", "bread"), ("bottle", "bottle"),
    ("cooked poultry", "meat"), ("non -food", "box"), ("foilware", "box"), ("gift", "gift"), ("sundries", "ticket"), ("quick", "burger"),
    ("cat litter", "cat"), ("cat food", "cat"), ("dog", "dog"), ("pet ", "paw"), ("bird", "paw"),
    ("sausage", "sausage"), ("bacon", "meat"), ("lunchmeat", "meat"), ("smoked", "meat"),
    ("ice cream", "ice-cream"), ("novelt", "ice-cream-2"), ("pizza", "pizza"), ("soup", "soup"), ("sushi", "fish"),
    ("frozen seafood", "fish"), ("frzn seafood", "fish"), ("seafood", "fish"), ("chicken", "meat"), ("turkey", "meat"),
    ("frzn", "snowflake"), ("frozen", "snowflake"), ("refrig", "fridge"), ("butter", "cheese"), ("margarin", "cheese"),
    ("yogurt", "milkshake"), ("milk", "milk"), ("dairy", "milk"), ("cheese", "cheese"),
    ("wine", "glass-full"), ("liquor", "glass-cocktail"), ("spirit", "glass-cocktail"), ("beer", "beer"),
    ("coffee", "coffee"), ("tea", "teapot"), ("cocoa", "mug"), ("juice", "lemon-2"), ("water", "droplet"),
    ("soft drink", "bottle"), ("beverage", "bottle"), ("drink", "bottle"), ("isotonic", "bolt"), ("ice", "snowflake"),
    ("cake", "cake"), ("pie", "cake"), ("cookie", "cookie"), ("cracker", "cookie"), ("pastry", "cake"),
    ("bread", "bread"), ("roll", "bread"), ("dough", "bread"), ("baking", "chef-hat"), ("flour", "wheat"),
    ("cereal", "wheat"), ("rice", "wheat"), ("noodle", "soup"), ("pasta", "tools-kitchen-2"), ("candy", "candy"),
    ("sugar", "candy"), ("syrup", "bottle"), ("chip", "cookie"), ("snack", "nut"), ("popcorn", "nut"), ("nut", "nut"),
    ("apple", "apple"), ("berr", "cherry"), ("citrus", "lemon"), ("melon", "melon"), ("grape", "cherry"),
    ("tropical", "avocado"), ("stone fruit", "cherry"), ("pear", "apple"), ("fruit", "apple"),
    ("carrot", "carrot"), ("mushroom", "mushroom"), ("pepper", "pepper"), ("salad", "salad"), ("tomato", "cherry"),
    ("potato", "seedling"), ("onion", "seedling"), ("corn", "wheat"), ("bean", "seedling"), ("herb", "leaf"),
    ("veg", "carrot"), ("organic", "leaf"), ("produce", "carrot"), ("olive", "seedling"), ("pickle", "cactus"),
    ("spice", "salt"), ("salt", "salt"), ("sauce", "bottle"), ("condiment", "bottle"), ("oil", "droplet"),
    ("dressing", "salad"), ("jelly", "candy"), ("jam", "candy"), ("beef", "meat"), ("pork", "pig"), ("lamb", "meat"),
    ("veal", "meat"), ("game", "meat"), ("meat", "meat"), ("deli", "sausage"), ("sandwich", "burger"), ("dinner", "tools-kitchen-2"),
    ("baby", "baby-bottle"), ("infant", "baby-bottle"), ("diaper", "baby-carriage"), ("makeup", "perfume"),
    ("cosmetic", "perfume"), ("fragrance", "perfume"), ("hair", "brush"), ("shav", "razor"), ("oral", "dental"),
    ("soap", "hand-sanitizer"), ("hand/body", "hand-sanitizer"), ("deodorant", "spray"), ("sun", "sun"), ("bath", "bath"),
    ("tissue", "toilet-paper"), ("paper", "toilet-paper"), ("napkin", "toilet-paper"), ("feminine", "flower"),
    ("laundry", "wash-machine"), ("bleach", "wash-machine"), ("iron", "wash-machine"), ("dishwash", "bucket"),
    ("clean", "bucket"), ("broom", "vacuum-cleaner"), ("air care", "spray"), ("insect", "spray"), ("candle", "candle"),
    ("vitamin", "pills"), ("nutrition", "pills"), ("cold and flu", "pill"), ("analges", "pill"), ("antacid", "pill"), ("laxat", "pill"),
    ("sinus", "pill"), ("first aid", "first-aid-kit"), ("pharm", "first-aid-kit"), ("health", "first-aid-kit"), ("diet", "yoga"),
    ("eye", "eyeglass"), ("glasses", "eyeglass"), ("foot", "stretching"), ("cigar", "smoking"), ("tobacco", "smoking"), ("smok", "smoking"),
    ("greeting", "mail"), ("card", "mail"), ("magazine", "news"), ("book", "book"), ("station", "pencil"),
    ("toy", "device-gamepad"), ("balloon", "balloon"), ("rose", "flower"), ("bouquet", "flower"), ("flower", "flower"),
    ("plant", "plant-2"), ("garden", "plant-2"), ("lawn", "plant-2"), ("christmas", "christmas-tree"), ("season", "calendar"),
    ("halloween", "candy"), ("valentine", "heart"), ("firework", "sparkles"), ("batter", "battery"),
    ("electric", "bulb"), ("audio", "player-play"), ("film", "camera"), ("photo", "photo"), ("hardware", "hammer"),
    ("automotive", "gas-station"), ("fuel", "gas-station"), ("propane", "gas-station"), ("charcoal", "grill"),
    ("hosiery", "hanger"), ("sock", "hanger"), ("apparel", "shirt"), ("sewing", "scissors"), ("shoe", "hanger"),
    ("kitchen", "chef-hat"), ("cookware", "chef-hat"), ("glassware", "glass"), ("houseware", "cup"), ("home", "home"),
    ("wrap", "box"), ("bag", "shopping-bag"), ("phone", "device-mobile"), ("wireless", "device-mobile"), ("coupon", "ticket"),
    ("ticket", "ticket"), ("travel", "map"), ("restaurant", "tools-kitchen-2"), ("grocery", "basket"),
    ("drug", "first-aid-kit"), ("chef", "chef-hat"), ("postal", "mail"), ("charit", "heart"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def icon_of(category: str) -> str:
    """Name the icon for a category's English name."""
    words = f" {category.lower()} ".replace("-", " -")
    return next((icon for word, icon in ICONS_BY_WORD if f" {word}" in words), ANYTHING)


def tint_of(id: UUID) -> int:
    """Give one of the tints, always the same for the same thing."""
    return id.int % TINTS
