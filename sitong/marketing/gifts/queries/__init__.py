"""Reads of gifts: what deciding needs, what members hold, what stores handed over."""
