"""A small, safe language for conditions on rows and formulas over them.

::

    country == "DE" and (amount > 100 or age is null)
    prediction in ("late", "very late") and not new_customer
    abs(prediction - actual) * amount

A text is parsed to a tree (:func:`parse`), the tree is checked against the columns there are (:func:`bind`), and what
comes of that is computed by an engine in its own way, or of one row by :func:`evaluate`. Nothing is ever run as code.
"""

from mlfoundry.expression.bind import bind, columns_of, type_of_column
from mlfoundry.expression.evaluate import evaluate
from mlfoundry.expression.parser import parse
from mlfoundry.expression.tree import Expression, Type, Value, renamed

__all__ = ["Expression", "Type", "Value", "bind", "columns_of", "evaluate", "parse", "renamed", "type_of_column"]
