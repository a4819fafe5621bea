"""Place and pay orders one after the other in the database of a running platform, through the actions."""

import sys

import django


def main(orders: int) -> None:
    from sitong.shared.access.scope import show_every_brand
    from sitong.shared.clock import now
    from tests.make.scene import a_paid_order, a_selling_store

    show_every_brand()
    selling = a_selling_store(prices=(1290, 250), stock=orders, now=now())
    print(selling.store.id, flush=True)
    for at in range(orders):
        a_paid_order(selling, (at % 2, 1), now=now())
        print(at + 1, flush=True)


if __name__ == "__main__":
    django.setup()
    main(int(sys.argv[1]))
