"""Where goods meet members: channels, cart, orders, payments, fulfillment."""
