"""The kernel without shop words: money, ids, errors, clock, events, ledger, batch, access, geo, i18n."""
