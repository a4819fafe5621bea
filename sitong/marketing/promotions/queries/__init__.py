"""Read promotions: what holds now, what flash sales have left, what came of them."""
