"""From one repository to ten thousand: the same graph, run shard by shard on any engine.

::

    manifest.jsonl → survey → plan (copies and splits, before any call) → shards → parts → one dataset

``run_shard`` is a plain function of one shard and knows no engine; ``local`` and ``ray_engine`` only decide where it
runs.
"""

from __future__ import annotations

from qarepo_graph.fleet.shard import Part, arun_shard, run_shard
from qarepo_graph.fleet.shard_spec import ShardSpec

__all__ = ["Part", "ShardSpec", "arun_shard", "run_shard"]
