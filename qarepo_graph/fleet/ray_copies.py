"""Copies across repositories on Ray Data: two group-bys on the cluster, a union-find over near pairs on the driver.

The same answer as :func:`qarepo_graph.fleet.copies.find_copies`: equal bodies by hash; near-identical ones proposed by
MinHash bands (the bands of ``datasketch``'s index) and confirmed by their true overlap.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qarepo_graph.dataset.splits import NEAR_IDENTICAL, body_grams, is_near_identical
from qarepo_graph.fleet.copies import Copies, cluster_of_pairs

CANDIDATE = NEAR_IDENTICAL - 0.1
"""Similarity from which MinHash proposes a pair: below the limit, because its estimate is rough."""

PERMUTATIONS = 64

ROWS_PER_PARTITION = 20_000
"""About 20 MB of code: what one task of a group-by holds."""

MOST_PARTITIONS = 2_000

COLUMNS = ["repository", "id", "asked", "body", "text"]


def find_copies(ray: Any, tables: Sequence[str], order: Mapping[str, int]) -> Copies:
    """Find the copies on the cluster; the driver holds the near pairs and the copies found, nothing else.

    Args:
        ray: The ray module, connected.
        tables: The repositories' surveys, on storage every node sees.
        order: Place of each repository; the earliest that holds a function keeps it.
    """
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    places = ray.put(dict(order))
    functions = ray.data.read_parquet(list(tables), columns=COLUMNS).map_batches(
        _with_places, fn_kwargs={"places": places}, batch_format="pyarrow"
    )
    functions = functions.materialize()
    # Ray Data's own default is 200 partitions whatever the size, which for a small fleet is nearly all of the time. Its
    # context is copied where a table is read, so what is set there later counts for nothing: each group-by is told.
    partitions = min(MOST_PARTITIONS, functions.count() // ROWS_PER_PARTITION + 1)
    bodies = functions.groupby("body", partitions).map_groups(_one_body, batch_format="pandas")
    bands = bodies.map_batches(_bands, batch_format="pandas")
    pairs = bands.groupby("band", partitions).map_groups(_near_pairs, batch_format="pandas")
    together = cluster_of_pairs((row["one"], row["other"]) for row in pairs.iter_rows())
    clustered = functions.drop_columns(["text"]).map_batches(
        _with_clusters, fn_kwargs={"together": ray.put(together)}, batch_format="pandas"
    )
    left = clustered.groupby("cluster", partitions).map_groups(_left_to_others, batch_format="pandas")
    return Copies.gather((row["repository"], row["id"], bool(row["exact"])) for row in left.iter_rows())


def _with_places(batch: Any, places: Any) -> Any:
    """Keep the functions worth asking about, each with its repository's place."""
    import pyarrow as pa
    import ray

    places = ray.get(places) if isinstance(places, ray.ObjectRef) else places
    batch = batch.filter(batch["asked"])
    found = [places[name] for name in batch["repository"].to_pylist()]
    return batch.drop_columns(["asked"]).append_column("place", pa.array(found, pa.int64()))


def _one_body(group: Any) -> Any:
    return group.iloc[[0]][["body", "text"]]


def _bands(batch: Any) -> Any:
    """Return a row per body and MinHash band; bodies of one band are candidates."""
    import pandas as pd
    from datasketch import MinHash, MinHashLSH

    ranges = MinHashLSH(threshold=CANDIDATE, num_perm=PERMUTATIONS).hashranges
    blank = MinHash(num_perm=PERMUTATIONS)
    rows: dict[str, list[str]] = {"band": [], "body": [], "text": []}
    for body, text in zip(batch["body"], batch["text"], strict=True):
        sketch = blank.copy()
        sketch.update_batch([gram.to_bytes(4, "little") for gram in body_grams(text)])
        for number, (start, end) in enumerate(ranges):
            rows["band"].append(f"{number}:{sketch.hashvalues[start:end].tobytes().hex()}")
            rows["body"].append(body)
            rows["text"].append(text)
    return pd.DataFrame(rows)


def _near_pairs(group: Any) -> Any:
    """Confirm a band's candidates by their true overlap; each is compared with those kept apart so far."""
    import pandas as pd

    rows: dict[str, list[str]] = {"one": [], "other": []}
    for one, other in _confirmed(list(zip(group["body"], group["text"], strict=True))):
        rows["one"].append(one)
        rows["other"].append(other)
    return pd.DataFrame(rows, dtype="str")


def _confirmed(bodies: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    grams: dict[str, frozenset[int]] = {}
    for body, text in bodies:
        mine = body_grams(text)
        for other, theirs in grams.items():
            if is_near_identical(mine, theirs):
                yield body, other
        grams[body] = mine


def _with_clusters(batch: Any, together: Any) -> Any:
    import ray

    together = ray.get(together) if isinstance(together, ray.ObjectRef) else together
    return batch.assign(cluster=[together.get(body, body) for body in batch["body"]])


def _left_to_others(group: Any) -> Any:
    """Return a cluster's functions that an earlier repository holds, and whether word for word."""
    first = group.groupby("body")["place"].transform("min")
    later = group[group["place"] > group["place"].min()]
    return later.assign(exact=(later["place"] > first[later.index]))[["repository", "id", "exact"]]
