"""Visit cards and periodic cards: paid before they are used, used visit by visit or day by day, returned in proportion."""
