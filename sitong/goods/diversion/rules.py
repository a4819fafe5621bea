"""How strongly scans speak for diversion: evidence, false discoveries, and what honest scans outside of a territory look like.

Everything rests on counts: of `scans` codes of one subject (a dealer, a store, a box), so many were scanned at least 5, 15, 50
and 150 km outside of the territory. `docs/diversion.md` says in plain words what is done with them, and how often it errs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]

THRESHOLDS_M = (5_000, 15_000, 50_000, 150_000)
"""Distances from the territory at which scans are counted."""

LEVEL = 0.05
"""Of all alerts that are opened, at most this share may be false, on average."""

TOGETHER = 2.0
"""So many scans say as much as one: what was bought together is scanned together (the design effect of Kish, *Survey Sampling*, 1965)."""

HONEST_MIN, HONEST_MAX = 1e-3, 0.5
HALVINGS = (1, 2, 3, 4, 5, 6)
DIFFER = 0.5
"""Standard deviation of honest dealers' shares, in means, where nothing was learned yet."""

SURE = 690.0
"""Largest logarithm of evidence that is told apart: e^690 is near the end of a float."""


@dataclass(frozen=True, slots=True)
class HonestModel:
    """How honest scans come to lie outside of a territory, before anything was learned of a brand.

    `edge_share` of them happen near the edge and are blurred by `blur_m` (standard deviation of a phone's position in each
    direction); `coarse_share` are located by a network's address only, with a mean error of `coarse_m`; `neighbor_share` of the
    buyers live on the other side of the edge, `neighbor_m` from it on average; `traveler_share` are bought at home and scanned on a
    journey, whose distances fall off as a power `travel_power` beyond `travel_m`.
    """

    edge_share: float = 0.3
    blur_m: float = 1_500.0
    coarse_share: float = 0.01
    coarse_m: float = 60_000.0
    neighbor_share: float = 0.08
    neighbor_m: float = 5_000.0
    traveler_share: float = 0.04
    travel_m: float = 20_000.0
    travel_power: float = 0.6


@dataclass(frozen=True, slots=True)
class Minimum:
    """What there must be at least before anybody is bothered, however unlikely it is by chance."""

    scans: int = 20
    far: int = 5
    boxes: int = 3
    times_honest: float = 1.5


MINIMUM = Minimum()
BOX_MINIMUM = Minimum(scans=3, far=3, boxes=1, times_honest=1.5)


@dataclass(frozen=True, slots=True)
class Honest:
    """How honest dealers' shares of scans beyond each threshold are spread: Beta distributions with these means and deviations."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def beta(self) -> tuple[Floats, Floats]:
        """Give the distributions' two parameters by the method of moments, neither below 1/2: a + b = m(1-m)/s² - 1."""
        mean = np.clip(np.asarray(self.mean, dtype=np.float64), HONEST_MIN, HONEST_MAX)
        size = mean * (1 - mean) / np.asarray(self.deviation, dtype=np.float64) ** 2 - 1
        return np.maximum(0.5, mean * size), np.maximum(0.5, (1 - mean) * size)


def assumed(model: HonestModel, thresholds_m: Sequence[float] = THRESHOLDS_M) -> Honest:
    """Give what is honest before anything was learned: the probability that a scan lies at least so far outside.

    Sum of four tails: the distance of a position with normal errors in two directions follows Rayleigh's distribution, P(> d) =
    exp(-d² / 2σ²) (Lord Rayleigh, Phil. Mag. 10, 1880); network positions and buyers across the edge fall off exponentially
    (distance decay: Fotheringham, Annals of the AAG 71, 1981); journeys follow a power law, P(> d) = (1 + d/d₀)^-β with β about 0.6
    (Brockmann, Hufnagel and Geisel, Nature 439, 2006).
    """
    far = np.asarray(thresholds_m, dtype=np.float64)
    tail = (
        model.edge_share * np.exp(-(far**2) / (2 * model.blur_m**2))
        + model.coarse_share * np.exp(-far / model.coarse_m)
        + model.neighbor_share * np.exp(-far / model.neighbor_m)
        + model.traveler_share * (1 + far / model.travel_m) ** -model.travel_power
    )
    mean = np.clip(tail, HONEST_MIN, HONEST_MAX)
    return Honest(tuple(mean.tolist()), tuple((DIFFER * mean).tolist()))


def log_evidence(scans: ArrayLike, far: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """Give ln E for "more lie far outside than honest dealers have", of `far` among `scans`; the arrays are broadcast.

    Honest shares follow Beta(a, b): dealers differ, be it that one has a border or a tourist resort. The share of a diverting dealer
    follows Beta(a, b/2), Beta(a, b/4) … or Beta(a, b/64), one as likely as the other. E is the likelihood of the counts under
    diversion by that under honesty, a Bayes factor of beta-binomial distributions (Skellam, JRSS-B 10, 1948):

        E = mean over j of  B(a+k, b/2ʲ+n-k) / B(a, b/2ʲ)  by  B(a+k, b+n-k) / B(a, b).

    With honest scans E stays 1 on average whatever came before, so E ≥ 1/α ever happens with a probability of at most α however often
    one looks (Ville 1939; mixtures: Robbins, Ann. Math. Statist. 41, 1970; as e-values: Grünwald, de Heide and Koolen, JRSS-B 86,
    2024). One more honest scan never raises E, one more far scan never lowers it. Cut to ±SURE. Counts are divided by TOGETHER.
    """
    n, k, one, other = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (scans, far, a, b)))
    n, k = n / TOGETHER, k / TOGETHER
    honest = special.betaln(one + k, other + n - k) - special.betaln(one, other)
    halved = [other / 2**halving for halving in HALVINGS]
    found = [special.betaln(one + k, less + n - k) - special.betaln(one, less) - honest for less in halved]
    return np.clip(mean_evidence(np.stack(found, axis=-1)), -SURE, SURE)


def mean_evidence(logs: ArrayLike) -> Floats:
    """Give ln of the mean of several E over the last axis. A mean of e-values is one, however they hang together.

    (Vovk and Wang, Ann. Statist. 49, 2021, proposition 3.1: of all symmetric ways to merge them the only admissible one.)
    """
    rows = np.asarray(logs, dtype=np.float64)
    return np.asarray(special.logsumexp(rows, axis=-1) - np.log(rows.shape[-1]), dtype=np.float64)


def weigh(scans: ArrayLike, far: ArrayLike, honest: Honest) -> Floats:
    """Give ln E of subjects: the mean over the thresholds. `far` has a row for each subject and a column for each threshold."""
    counted = np.asarray(scans, dtype=np.float64)[..., np.newaxis]
    return mean_evidence(log_evidence(counted, far, *honest.beta()))


def capped_evidence(logs: ArrayLike, gift_share: float) -> Floats:
    """Give ln E of boxes when the share `gift_share` of honest boxes travels whole (a wedding, a company's gift): never above 1/share.

    Likelihood ratio against the mixture "(1 - g) honest scans one by one + g a whole box on a journey": E' = 1 / ((1 - g)/E + g).
    """
    rows = np.asarray(logs, dtype=np.float64)
    parts = np.stack([np.log1p(-gift_share) - rows, np.full_like(rows, np.log(gift_share))])
    return -np.asarray(special.logsumexp(parts, axis=0), dtype=np.float64)


def chance_of(logs: ArrayLike) -> Floats:
    """Give the largest probability with which honest scans ever reach this evidence: min(1, 1/E) (Ville 1939)."""
    return np.exp(-np.maximum(0.0, np.asarray(logs, dtype=np.float64)))


def discoveries(chances: ArrayLike, level: float = LEVEL, tests: int | None = None) -> Marks:
    """Tell which of many tests are discoveries, so that at most the share `level` of them is false on average.

    Step-up of Benjamini and Hochberg (JRSS-B 57, 1995): the largest i with p₍ᵢ₎ ≤ i·level/m. With p = 1/E this is the e-BH procedure,
    which holds however the tests depend on each other (Wang and Ramdas, JRSS-B 84, 2022). `tests` is m where more were tested than
    are given; the others count as not found.
    """
    p = np.asarray(chances, dtype=np.float64)
    if p.size == 0:
        return np.zeros(0, dtype=np.bool_)
    ordered = np.sort(p)
    lines = level * np.arange(1, p.size + 1) / max(p.size, tests or 0)
    under = np.flatnonzero(ordered <= lines)
    return p <= (ordered[under[-1]] if under.size else -1.0)


def enough(scans: ArrayLike, far: ArrayLike, boxes: ArrayLike, honest: Honest, minimum: Minimum = MINIMUM) -> Marks:
    """Tell for which subjects there is enough to bother anybody, at one of the thresholds at least."""
    n = np.asarray(scans, dtype=np.float64)
    k = np.asarray(far, dtype=np.float64)
    shares = k / np.maximum(n, 1.0)[..., np.newaxis]
    plenty = (k >= minimum.far) & (shares >= minimum.times_honest * np.asarray(honest.mean, dtype=np.float64))
    found = (n >= minimum.scans) & (np.asarray(boxes) >= minimum.boxes) & plenty.any(axis=-1)
    return np.asarray(found, dtype=np.bool_)
