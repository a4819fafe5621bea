"""What is honest for a brand, learned from all its dealers in a way that some diverting ones cannot bend."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sitong.goods.diversion.rules import HONEST_MAX, HONEST_MIN, TOGETHER, Honest

SCANS_MIN = 20
PRIOR_SCANS = 20.0
PRIOR_DEALERS = 5.0
MAD_TO_DEVIATION = 1.4826
SKEW = 1.25
DIFFER_MIN = 0.3
GIFTS_PRIOR, GIFTS_MIN, GIFT_BOXES_PRIOR = 0.002, 0.001, 500.0
HONEST_PART = 0.75


def learned(scans: ArrayLike, far: ArrayLike, prior: Honest) -> Honest:
    """Give how honest dealers' shares are spread: around the median dealer's, with the deviation of the dealers from it.

    `scans` holds one number for each dealer, `far` one column for each threshold. Median and median absolute deviation (times 1.4826 it
    estimates a normal standard deviation: Hampel, JASA 69, 1974) bear up to half of the dealers being bad. Shares are skewed to
    the right, so the deviation is taken by a quarter larger; the part of it that chance alone makes, m(1-m)/n, is taken off, and three
    tenths of the mean are left at least. Few dealers say little: the prior counts as five, and as twenty scans of each.
    """
    before, differ = np.asarray(prior.mean, dtype=np.float64), np.asarray(prior.deviation, dtype=np.float64)
    n = np.asarray(scans, dtype=np.float64)
    k = np.asarray(far, dtype=np.float64).reshape(n.size, before.size)
    told = n >= SCANS_MIN
    n, k = n[told, np.newaxis], k[told]
    if not n.size:
        return prior
    shares = (k + PRIOR_SCANS * before) / (n + PRIOR_SCANS)
    middle = np.median(shares, axis=0)
    seen = SKEW * MAD_TO_DEVIATION * np.median(np.abs(shares - middle), axis=0)
    by_chance = TOGETHER * middle * (1 - middle) * np.median(n / (n + PRIOR_SCANS) ** 2)
    weight = n.size / (n.size + PRIOR_DEALERS)
    mean = np.clip(weight * middle + (1 - weight) * before, HONEST_MIN, HONEST_MAX)
    spread = weight * np.maximum(0.0, seen**2 - by_chance) + (1 - weight) * differ**2
    return Honest(tuple(mean.tolist()), tuple(np.maximum(DIFFER_MIN * mean, np.sqrt(spread)).tolist()))


def learned_gift_share(boxes: ArrayLike, far_boxes: ArrayLike) -> float:
    """Give the share of honest boxes that travel whole: that of the three quarters of the dealers who have fewest of them, doubled."""
    n, k = np.asarray(boxes, dtype=np.float64), np.asarray(far_boxes, dtype=np.float64)
    shares = k / np.maximum(n, 1.0)
    order = np.argsort(shares, kind="stable")[: int(np.ceil(HONEST_PART * n.size))]
    pooled = (k[order].sum() + GIFTS_PRIOR * GIFT_BOXES_PRIOR / 2) / (n[order].sum() + GIFT_BOXES_PRIOR)
    return float(max(GIFTS_MIN, 2 * pooled))
