"""Logistic and linear regression with an intercept of each coin that is held near the common one.

    logit P(y_i = 1) = a + u_c(i) + x_i b,    u_c ~ Normal(0, 1 / PRECISION)           (docs/attraction.md, eq. 2)

by iterated weighted least squares; the coins' u are taken out of each step (Schur complement), so that its size is
that of b. PRECISION says how far coins differ: by 0.2 in logits, 5 points of P. A free intercept would need many
trials of each coin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.units import Float64Array, Int64Array

PRECISION = 25.0
MAX_STEPS = 25
TOLERANCE = 1e-8
MAX_INDEX = 30.0
"""Of the linear index: a fit that goes further separates the outcomes and has no finite coefficients."""


@dataclass(frozen=True)
class LinearIndex:
    """x b + a + u of the coin: coefficient (P,), common intercept, own (G,) of each coin around it."""

    coefficient: Float64Array
    intercept: float
    own: Float64Array

    def of_rows(self, design: Float64Array, coin: Int64Array) -> Float64Array:
        """(N,) values of rows (N, P) of coins (N,)."""
        value: Float64Array = self.intercept + self.own[coin] + design @ self.coefficient
        return value


def fit_logit(design: Float64Array, outcome: Float64Array, coin: Int64Array, coins: int) -> LinearIndex | None:
    """Coefficients of the largest penalised likelihood; None where outcomes are separated or columns depend.

    design (N, P), outcome (N,) 0 or 1, coin (N,) rising from 0 to coins - 1 (a coin may have no row: its u is 0).
    """
    matrix = np.column_stack([design, np.ones(len(outcome))])
    coefficient, own = np.zeros(matrix.shape[1]), np.zeros(coins)
    if not len(outcome):
        return None
    for _ in range(MAX_STEPS):
        index = own[coin] + matrix @ coefficient
        if not np.abs(index).max() < MAX_INDEX:
            return None
        probability = 1.0 / (1.0 + np.exp(-index))
        weight = probability * (1.0 - probability)
        step = _solved(matrix, weight, outcome - probability, own, coin)
        if step is None:
            return None
        coefficient, own = coefficient + step[0], own + step[1]
        if max(np.abs(step[0]).max(), np.abs(step[1]).max(initial=0.0)) < TOLERANCE:
            return LinearIndex(coefficient[:-1], float(coefficient[-1]), own)
    return None


def fit_linear(design: Float64Array, value: Float64Array, coin: Int64Array, coins: int) -> LinearIndex | None:
    """Least squares of a value on the same columns and intercepts, for weights of 1/4, which P near 1/2 has."""
    matrix = np.column_stack([design, np.ones(len(value))])
    weight = np.full(len(value), 0.25)
    step = _solved(matrix, weight, value * 0.25, np.zeros(coins), coin)
    return None if step is None else LinearIndex(step[0][:-1], float(step[0][-1]), step[1])


def _solved(
    matrix: Float64Array, weight: Float64Array, residual: Float64Array, own: Float64Array, coin: Int64Array
) -> tuple[Float64Array, Float64Array] | None:
    """One Newton step of coefficients and of the coins' own intercepts."""
    coins = len(own)
    starts = np.flatnonzero(np.append(True, np.diff(coin) > 0))
    there = coin[starts]
    weighted = matrix * weight[:, None]
    sums = np.zeros((coins, matrix.shape[1]))
    sums[there] = np.add.reduceat(weighted, starts, axis=0)
    coin_weight = np.bincount(coin, weight, coins) + PRECISION
    coin_residual = np.bincount(coin, residual, coins) - PRECISION * own
    share = sums / coin_weight[:, None]
    information = matrix.T @ weighted - sums.T @ share
    gradient = matrix.T @ residual - share.T @ coin_residual
    try:
        step = np.linalg.solve(information, gradient)
    except np.linalg.LinAlgError:
        return None
    own_step: Float64Array = (coin_residual - sums @ step) / coin_weight
    return np.asarray(step, np.float64), own_step
