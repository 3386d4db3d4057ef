"""SHAP values in closed form, for models that are additive.

A model whose raw output is a sum of functions of one feature each, ``f(x) = b + f_1(x_1) + ... + f_k(x_k)``, needs no
sampling and no ``shap`` package: the SHAP value of feature j, with the training rows as background, is exactly
``f_j(x_j) - E f_j`` (Lundberg and Lee 2017, corollary 1, generalised from linear to additive models). The demo's models
are made additive on purpose: a logistic regression, and gradient boosting in which no two features interact.

``f_j`` need not be known as a formula: with all other features held at one fixed row, the model's output moves by
``f_j`` alone. So each feature is tabulated once over its distinct values.
"""

# pandas carries no types of its own:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Margin = Callable[[pd.DataFrame], Floats]


@dataclass(frozen=True, slots=True)
class AdditiveExplainer:
    """Exact SHAP values of an additive model.

    Parameters
    ----------
    margin
        The model's raw output for a frame: log-odds of a classifier, the value itself of a regressor.
    anchor
        One row, at which all features but one are held.
    means
        ``E f_j`` over the training rows, less ``f_j`` of the anchor.
    base
        The expected raw output over the training rows. ``base + shap.sum(axis=1)`` is the raw output.
    """

    margin: Margin
    anchor: pd.DataFrame
    means: Floats
    base: float

    @classmethod
    def fit(cls, margin: Margin, training: pd.DataFrame) -> AdditiveExplainer:
        """Take the expectations over ``training``."""
        anchor = training.iloc[[0]]
        at_anchor = float(margin(anchor)[0])
        effects = _effects(margin, anchor, at_anchor, training)
        means: Floats = effects.mean(axis=0)
        return cls(margin, anchor, means, at_anchor + float(means.sum()))

    def shap_values(self, frame: pd.DataFrame) -> Floats:
        """The SHAP value of every feature for every row, shape ``(rows, features)``, in units of the raw output."""
        at_anchor = self.base - float(self.means.sum())
        return _effects(self.margin, self.anchor, at_anchor, frame) - self.means


def _effects(margin: Margin, anchor: pd.DataFrame, at_anchor: float, frame: pd.DataFrame) -> Floats:
    """``f_j(x_j)`` less ``f_j`` of the anchor; the model sees each distinct value of a feature once."""
    effects = np.empty(frame.shape)
    for j, name in enumerate(frame.columns):
        codes, values = pd.factorize(frame[name], use_na_sentinel=False)
        probe = anchor.loc[anchor.index.repeat(len(values))].reset_index(drop=True)
        probe[name] = pd.Series(values, dtype=frame[name].dtype)
        effects[:, j] = (margin(probe) - at_anchor)[codes]
    return effects
