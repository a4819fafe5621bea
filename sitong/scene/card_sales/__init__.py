"""Members buy cards: documents that are paid online or at the counter; and cards given back through the payment of the purchase."""
