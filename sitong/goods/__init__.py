"""The thing: catalog, pricing, inventory."""
