"""Reasons to come and to buy: coupons."""
