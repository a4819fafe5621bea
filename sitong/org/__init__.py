"""The four account systems: brands, dealers, stores, staff, territories."""
