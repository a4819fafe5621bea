"""An advertising provider to practise with: speaks the Marketing API v3.0 on loopback, shows no ad and takes no money.

It checks what the published protocol says (token, clock, nonce, types, required fields, forbidden signs) and answers as the
real one does. For tests and demonstrations, never for a real shop.
"""
