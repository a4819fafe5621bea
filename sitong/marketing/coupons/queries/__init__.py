"""Coupons as others ask for them."""

from sitong.marketing.coupons.queries.claims import claim_by_code, claims_ready, holders_of, prices_of

__all__ = ["claim_by_code", "claims_ready", "holders_of", "prices_of"]
