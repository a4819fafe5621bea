"""Files of customers that a brand had before: read line by line, checked, accepted whole, and handed over to be linked."""
