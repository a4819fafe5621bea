"""Make a shop with stock and a consumer in the database of a running platform; print what callers need to know."""

import json
import sys

import django


def main(stock: int) -> None:
    from sitong.shared.access.scope import show_every_brand
    from sitong.shared.clock import now
    from tests.make.access import a_token, a_viewer
    from tests.make.scene import a_selling_store

    show_every_brand()
    selling = a_selling_store(prices=(1290, 250), stock=stock, now=now())
    token = a_token(a_viewer("consumer", selling.member), ttl_s=3600)
    print(
        json.dumps(
            {"store_id": str(selling.store.id), "skus": [str(one.sku_id) for one in selling.goods], "token": token}
        )
    )


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
