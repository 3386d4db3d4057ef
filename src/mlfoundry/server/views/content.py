"""Whether two summaries of columns say the same, by a few bytes of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from mlfoundry.summaries import ColumnSummary, NumericSummary
from mlfoundry.summaries.categories import CodedCounts


def content_of(columns: Mapping[str, ColumnSummary]) -> bytes:
    """The same bytes for columns that are equal, others for all others.

    Examples
    --------
    >>> from mlfoundry.summaries import CategorySummary
    >>> one, other = ({"dest": CategorySummary({"ATL": n})} for n in (1, 2))
    >>> content_of(one) == content_of(dict(one)), content_of(one) == content_of(other)
    (True, False)
    """
    found = hashlib.blake2b(digest_size=16)
    for key, column in columns.items():
        for part in (key.encode(), *_parts(column)):
            found.update(len(part).to_bytes(8, "little"))
            found.update(part)
    return found.digest()


def _parts(column: ColumnSummary) -> Iterator[bytes]:
    yield repr((type(column).__name__, column.missing, column.type_errors)).encode()
    if isinstance(column, NumericSummary):
        yield column.grid.id.encode()
        yield column.ids.tobytes()
        yield column.counts.tobytes()
        yield repr(column.moments).encode()
    else:
        counts = CodedCounts.of(column.counts)
        yield "\0".join(counts.labels[counts.codes].tolist()).encode("utf-8", "surrogatepass")
        yield counts.rows.tobytes()
        yield repr(sorted(column.other.items())).encode()
