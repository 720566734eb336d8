"""A witness that listens: C2SP's *tlog-witness*, one address, for logs whose keys were entered by hand."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from graph.audit_note import BadNote
from graph.audit_witness import Forked, OtherSize, Witness

LARGEST = 65_536


def listen(witness: Witness, host: str, port: int) -> HTTPServer:
    """Return a server that signs what is sent to it; the caller runs it."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            if self.path != "/add-checkpoint":
                return self._say(404, "There is no such address.")
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > LARGEST:
                return self._say(413, "The body is too large.")
            try:
                return self._say(200, witness.add(self.rfile.read(int(length)).decode("utf-8", "replace")))
            except OtherSize as error:
                return self._say(409, f"{error.size}\n")
            except Forked as error:
                return self._say(422, error.message)
            except BadNote as error:
                return self._say(403, error.message)

        def _say(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep quiet: what was signed stands in the witness's folder."""

    return HTTPServer((host, port), Handler)
