"""An HTTP server that accepts every batch and keeps nothing: what the client's own cost is measured against.

Run as ``python bench/sink.py``; it prints its port on the first line and ends when its standard input closes.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

from mlfoundry.compressed import decompress, read_encoding


class Sink(BaseHTTPRequestHandler):
    """Answers every POST as the server would if all rows were good."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        body = decompress(body, read_encoding(self.headers.get("content-encoding", "")), max_bytes=32 << 20)
        batch_id, rows = read_stream(body) if "arrow" in self.headers["content-type"] else read_json(body)
        answer: dict[str, object] = {"batch_id": batch_id, "accepted": rows, "rejected": []}
        encoded = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


def read_json(body: bytes) -> tuple[str, int]:
    """The id and the rows of a batch."""
    request = json.loads(body)
    return request["batch_id"], len(request["rows"])


def read_stream(body: bytes) -> tuple[str, int]:
    """The same of an Arrow stream."""
    arrow: Any = import_module("pyarrow.ipc")
    table = arrow.open_stream(body).read_all()
    return json.loads(table.schema.metadata[b"mlfoundry"])["batch_id"], table.num_rows


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
