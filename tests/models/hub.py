"""A Hugging Face hub on the loopback, small enough for ``snapshot_download`` to fetch a folder from it."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve_hub(root: Path, asked: list[str]) -> Iterator[str]:
    """The address of a hub whose ``ANYONE/NAME`` is ``root/NAME``; names of files sent go to ``asked``."""
    handler = type("Handler", (_Handler,), {"root": root, "asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    root: Path
    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        parts = path.strip("/").split("/")
        if path.startswith("/api/models/"):
            self._answer_api(self.root / parts[3], tree="tree" in parts)
        elif parts[2:3] == ["resolve"]:
            self._answer_file(self.root / parts[1] / parts[-1])
        else:
            self._send(404, b"", {})

    def _answer_file(self, path: Path) -> None:
        if not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        content = path.read_bytes()
        if self.command == "GET":
            self.asked.append(path.name)
        tag = hashlib.sha256(content).hexdigest()
        self._send(200, content, {"X-Repo-Commit": REVISION, "ETag": f'"{tag}"'})

    def _answer_api(self, folder: Path, *, tree: bool) -> None:
        if not folder.is_dir():
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        files = sorted(folder.iterdir())
        answer: Any = {
            "id": folder.name,
            "sha": REVISION,
            "siblings": [{"rfilename": file.name} for file in files],
        }
        if tree:
            answer = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": file.name}
                for file in files
            ]
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
