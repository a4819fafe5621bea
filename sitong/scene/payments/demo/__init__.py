"""A provider to practise with: speaks WeChat Pay's API v3 on loopback with real signatures, moves no money.

It checks what the real one checks (signature, merchant, amounts, repeats) and answers, signs, seals and retries as the
real one does. It runs in the demo and in tests, never for a real shop.
"""
