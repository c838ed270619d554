"""A payment way's own end, for tests: HTTPS by the standard library's TLS, so that both ends are not of one hand.

It answers as the way would (signed), keeps what it heard, and may be told to sign with a wrong key.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from hotline.payments.keys import sign

SERIAL = "P1"


class Provider(ThreadingHTTPServer):
    """``key`` signs what it says, ``stamp`` (seconds since 1970) is when it says it; ``heard`` are the paths and bodies that came."""

    daemon_threads = True

    def __init__(self, key: RSAPrivateKey, stamp: float) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.key = key
        self.stamp = str(int(stamp))
        self.heard: list[tuple[str, bytes]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not believe our certificate hangs up: that is what is tested, and no error of ours."""

    def said(self, path: str, body: bytes) -> tuple[bytes, dict[str, str]]:
        """A yes as the way of this path says it, and its headers."""
        if path == "/gateway.do":
            return self._alipay(dict(parse_qsl(body.decode()))), {}
        if path.startswith("/v3/"):
            return self._wechat(json.dumps({"status": "SUCCESS", "refund_id": "W9"}).encode())
        asked = json.loads(body)
        return json.dumps({"result": "done", "provider_no": "B9", "amount_fen": asked["amount_fen"]}).encode(), {}

    def _alipay(self, form: dict[str, str]) -> bytes:
        name = f"{form['method'].replace('.', '_')}_response"
        told = json.dumps({"code": "10000", "fund_change": "Y", "trade_no": "A9"})
        return f'{{"{name}":{told},"sign":"{sign(self.key, told.encode())}"}}'.encode()

    def _wechat(self, told: bytes) -> tuple[bytes, dict[str, str]]:
        signature = sign(self.key, f"{self.stamp}\nn\n".encode() + told + b"\n")
        names = ("Timestamp", "Nonce", "Serial", "Signature")
        values = (self.stamp, "n", SERIAL, signature)
        return told, {f"Wechatpay-{name}": value for name, value in zip(names, values, strict=True)}


class _Answering(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((self.path, body))
        told, headers = self.server.said(self.path, body)
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(told))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving(provider: Provider, pem: Path) -> Iterator[str]:
    """The URL, without a path, under which ``provider`` answers with the certificate and key in ``pem``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    provider.socket = context.wrap_socket(provider.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://localhost:{provider.server_port}"
    finally:
        provider.shutdown()
        thread.join()
        provider.server_close()
