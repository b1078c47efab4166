#!/usr/bin/env python3
"""Figures of a decision, computed apart from Assay with NumPy, for decision_test.cc.

Written from docs/decide.md alone: its own generator (SplitMix64 with keys, as harness/base/rng.h
documents it), its own bootstrap, BCa, Pareto front and rank acceptability. It makes the same sixty
items as the test and prints what the test expects. Run: python3 decision_reference.py
"""
import math
from statistics import NormalDist

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
DRAWS, ITEMS, MODELS, WEIGHTINGS = 10_000, 60, 3, 8
STREAM = 0x736D616132


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def key(seed, *parts):
    k = mix((seed + GOLDEN) & MASK)
    for part in parts:
        k = mix(k ^ ((part + GOLDEN) & MASK))
    return k


def mix_all(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def numbers(k, count):
    with np.errstate(over="ignore"):
        return mix_all(np.uint64(k) + np.uint64(GOLDEN) * np.arange(1, count + 1, dtype=np.uint64))


def rows(seed, draw, n):
    """floor(h n / 2^64), exact in integers."""
    return np.array([(int(h) * n) >> 64 for h in numbers(key(seed, draw), n)])


def items():
    i = np.arange(ITEMS)
    correct = np.stack([(i % 4 != 0), (i % 3 != 1), (i % 10 != 9)], axis=1).astype(float)
    cost = np.stack([1e-6 * (900 + 13 * (i % 11)), 1e-6 * (300 + 40 * (i % 5)),
                     1e-6 * (2000 + 7 * i)], axis=1)
    latency = np.stack([0.4 + 0.01 * (i % 9), 0.3 + 0.02 * (i % 13), 0.9 + 0.005 * i], axis=1)
    return correct, cost, latency


def bca(value, draws, left_out, confidence=0.95):
    normal = NormalDist()
    draws = np.sort(draws)
    tolerance = 1e-12 * abs(value)
    below = np.searchsorted(draws, value - tolerance, "left")
    upto = np.searchsorted(draws, value + tolerance, "right")
    z0 = normal.inv_cdf((below + upto) / (2 * len(draws)))
    d = left_out.mean() - left_out
    a = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    z = normal.inv_cdf((1 + confidence) / 2)
    ends = [normal.cdf(z0 + (z0 + s) / (1 - a * (z0 + s))) for s in (-z, z)]
    return [float(np.quantile(draws, p)) for p in ends]


def main():
    correct, cost, latency = items()
    drawn = [rows(1, r, ITEMS) for r in range(DRAWS)]
    sums = [np.array([column[d].sum(axis=0) for d in drawn]) for column in (correct, cost, latency)]
    price = sums[1] / sums[0]
    value = cost.sum(axis=0) / correct.sum(axis=0)
    left = (cost.sum(axis=0) - cost) / (correct.sum(axis=0) - correct)
    for m in range(MODELS):
        print("cost per correct", m, repr(float(value[m])), bca(value[m], price[:, m], left[:, m]))
    for m in (0, 2):
        ratio = value[m] / value[1]
        print("ratio over 1", m, repr(float(ratio)),
              bca(ratio, price[:, m] / price[:, 1], left[:, m] / left[:, 1]))

    figures = np.stack([sums[0] / ITEMS, -np.log(sums[1] / ITEMS), -np.log(sums[2] / ITEMS)], axis=2)
    member = np.zeros(MODELS)
    for x in figures:
        for i in range(MODELS):
            beaten = any(np.all(x[j] >= x[i]) and np.any(x[j] > x[i]) for j in range(MODELS))
            member[i] += not beaten
    print("front", [float(v) for v in member / DRAWS])

    ranks = np.zeros((MODELS, MODELS))
    central, firsts = np.zeros((MODELS, 3)), np.zeros(MODELS)
    for r, x in enumerate(figures):
        span = x.max(axis=0) - x.min(axis=0)
        u = np.where(span > 0, (x - x.min(axis=0)) / np.where(span > 0, span, 1), 0)
        uniform = (numbers(key(1, STREAM, r), 3 * WEIGHTINGS) >> np.uint64(11)) * 2.0**-53
        for w in -np.log(1 - uniform.reshape(WEIGHTINGS, 3)):
            w = w / w.sum()
            order = np.argsort(-(u @ w), kind="stable")
            for rank, i in enumerate(order):
                ranks[i, rank] += 1
            central[order[0]] += w
            firsts[order[0]] += 1
    ranks /= DRAWS * WEIGHTINGS
    for i in range(MODELS):
        print("ranks", i, [float(v) for v in ranks[i]], "central",
              [float(v) for v in central[i] / max(firsts[i], 1)])
    assert math.isclose(ranks.sum(), MODELS)


if __name__ == "__main__":
    main()
