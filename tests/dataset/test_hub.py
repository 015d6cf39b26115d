"""The upload through huggingface_hub, against a stand-in on loopback that speaks the hub's calls."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from qarepo_graph.dataset.export import DatasetOptions, export_dataset
from qarepo_graph.dataset.functions import FunctionTable
from qarepo_graph.errors import ProviderError, UsageError
from qarepo_graph.schema import QAPair

pytest.importorskip("huggingface_hub", reason="needs the extra [train]")


@dataclass
class Hub:
    """What the stand-in was sent."""

    address: str = ""
    refuse: bool = False
    created: list[dict] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    seen = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.paths.append(self.path)
            if seen.refuse:
                self.answer(401, {"error": "Invalid username or password."})
            elif self.path == "/api/repos/create":
                seen.created.append(json.loads(body))
                self.answer(200, {"url": f"{seen.address}/datasets/me/rows", "name": "me/rows"})
            elif self.path == "/api/validate-yaml":
                self.answer(200, {"errors": [], "warnings": []})
            elif self.path.startswith("/api/datasets/me/rows/preupload/main"):
                files = [{"path": one["path"], "uploadMode": "regular"} for one in json.loads(body)["files"]]
                self.answer(200, {"files": [{**one, "shouldIgnore": False, "oid": None} for one in files]})
            elif self.path.startswith("/api/datasets/me/rows/commit/main"):
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        seen.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                self.answer(200, {"commitUrl": f"{seen.address}/datasets/me/rows/commit/1", "commitOid": "1"})
            else:
                self.answer(404, {"error": self.path})

        def do_GET(self) -> None:
            seen.paths.append(self.path)
            if seen.refuse:
                self.answer(401, {"error": "Invalid username or password."})
                return
            self.answer(200, {"id": "me/rows", "sha": "0" * 40, "siblings": [], "tags": [], "private": True})

        def answer(self, status: int, record: dict) -> None:
            content = json.dumps(record).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_TOKEN", "hf_standin")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield seen
    server.shutdown()
    server.server_close()


def test_exactly_the_manifests_files_are_uploaded_privately(
    hub: Hub, pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    from qarepo_graph.dataset.hub import push_to_hub

    out = tmp_path / "out"
    export_dataset(pairs, table, out, DatasetOptions(formats=("messages",)))
    (out / "private.txt").write_text("mine", encoding="utf-8")
    address = push_to_hub(out, "me/rows", endpoint=hub.address)
    assert address == f"{hub.address}/datasets/me/rows"
    assert (hub.created[0]["type"], hub.created[0]["visibility"]) == ("dataset", "private")
    names = ["README.md", "dataset_info.json", "manifest.json", "messages/train.jsonl", "metadata/train.jsonl"]
    assert sorted(hub.files) == names
    assert {name: (out / name).read_bytes() for name in names} == hub.files


def test_a_refusal_and_a_foreign_folder_are_one_sentence(
    hub: Hub, pairs: list[QAPair], table: FunctionTable, tmp_path: Path
) -> None:
    from qarepo_graph.dataset.hub import push_to_hub

    with pytest.raises(UsageError, match="no exported dataset"):
        push_to_hub(tmp_path, "me/rows", endpoint=hub.address)
    export_dataset(pairs, table, tmp_path / "out", DatasetOptions())
    hub.refuse = True
    with pytest.raises(ProviderError, match="did not take me/rows"):
        push_to_hub(tmp_path / "out", "me/rows", endpoint=hub.address)
    with pytest.raises(ProviderError, match="did not take not a name"):
        push_to_hub(tmp_path / "out", "not a name", endpoint=hub.address)
