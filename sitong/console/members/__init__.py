"""Pages about members that cross the words: the whole story of one member, the pool, and a member's own page."""
