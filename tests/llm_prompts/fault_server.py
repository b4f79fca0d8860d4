"""A server on loopback that speaks the chat-completions protocol, well or badly, and logs what it was asked.

In a test: `with FaultServer(["rate_limit", "ok"]) as server: ... server.address ...` (faults in the order of
the requests, the last one for ever; or a function of the request's number and content that names one). As a
process, which a test can outlive: `python fault_server.py --log FILE --fault ok --slots 16 --service-s 0.2`
prints its address. GET /stats tells how busy it was.

A good answer to a request for a motion script is a valid script of the brief in the prompt, written by the
embedded grammar; `answers` (schema name -> function of the request) answers other schemas.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from fault_answers import good_answer, schema_of
from fault_kinds import FAULTS, Reply

Content = Mapping[str, Any]
Plan = Sequence[str] | Callable[[int, Content], str]


def fingerprint(content: Content) -> str:
    """Identity of what is asked, whatever the format: model and all messages but the system's."""
    messages = [message for message in content["messages"] if message["role"] != "system"]
    return hashlib.sha256(json.dumps([content["model"], messages]).encode()).hexdigest()[:16]


class FaultServer:
    """Answers with the planned faults.

    Args:
        plan: names of faults (see `fault_kinds`) in the order of the requests, or a function that names one.
        log: file that gets a JSON line when a request comes and one when its answer has been sent.
        slots: requests served at once; None: any number.
        service_s: how long serving takes at least, seconds.
        key: the key that is right; None takes any.
        answers: schema name -> what a good answer to a request says.
        usage: tokens (prompt, completion) of every answer; None: counted from the texts.
    """

    def __init__(
        self,
        plan: Plan = ("ok",),
        log: Path | None = None,
        slots: int | None = None,
        service_s: float = 0.0,
        key: str | None = None,
        answers: Mapping[str, Callable[[Content], str]] | None = None,
        usage: tuple[int, int] | None = None,
    ) -> None:
        self.plan = plan
        self.service_s = service_s
        self.key = key
        self.answers = dict(answers or {})
        self.usage = usage
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.paths: list[str] = []
        self.faults: list[str] = []
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if log is not None else -1
        self._lock = threading.Lock()
        self.load = Load(slots)
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)
        if self._log >= 0:
            os.close(self._log)

    @property
    def address(self) -> str:
        """What goes into OPENAI_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def asked(self) -> Counter[str]:
        """How often each question came, by `fingerprint`."""
        return Counter(fingerprint(content) for content in self.requests)

    def received(self, content: dict[str, Any], key: str, path: str) -> tuple[int, str]:
        """Note a request; return its number and the fault that it gets."""
        with self._lock:
            number = len(self.requests)
            self.requests.append(content)
            self.keys.append(key)
            self.paths.append(path)
            plan = self.plan
            fault = plan(number, content) if callable(plan) else plan[min(number, len(plan) - 1)]
            if self.key is not None and key != f"Bearer {self.key}":
                fault = "auth"
            self.faults.append(fault)
            self.note({"event": "asked", "n": number, "fault": fault, "id": fingerprint(content)})
            return number, fault

    def note(self, line: Mapping[str, Any]) -> None:
        """Write one line of the log; whole, or not at all."""
        if self._log >= 0:
            os.write(self._log, (json.dumps({**line, "at": time.time()}) + "\n").encode())

    def reply(self, fault: str, content: dict[str, Any], number: int) -> Reply:
        """The answer with its fault."""
        answer = self.answers.get(schema_of(content)[0], good_answer)
        return FAULTS[fault](content, lambda: answer(content), number, self.usage)


class Load:
    """How busy the server is: requests being served, and the share of the slots in use over time."""

    def __init__(self, slots: int | None) -> None:
        self.slots = slots
        self._free = threading.Semaphore(slots) if slots is not None else None
        self._lock = threading.Lock()
        self._serving = 0
        self.most_at_once = 0
        self._busy_s = 0.0
        self._changed_at = self._first_at = self._last_at = 0.0

    def serve(self, seconds: float) -> None:
        """Take a slot for some time."""
        if self._free is not None:
            self._free.acquire()
        self._change(1)
        try:
            time.sleep(seconds)
        finally:
            self._change(-1)
            if self._free is not None:
                self._free.release()

    def _change(self, step: int) -> None:
        with self._lock:
            now = time.monotonic()
            self._busy_s += self._serving * (now - self._changed_at)
            self._first_at = self._first_at or now
            self._changed_at = self._last_at = now
            self._serving += step
            self.most_at_once = max(self.most_at_once, self._serving)

    @property
    def serving(self) -> int:
        """Requests being served now."""
        with self._lock:
            return self._serving

    @property
    def busy_share(self) -> float:
        """Mean share of the slots in use, from the first request's begin to the last one's end."""
        with self._lock:
            span = self._last_at - self._first_at
            return self._busy_s / (span * (self.slots or 1)) if span > 0 else 0.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what the tests are about; nothing to print."""


def _handler_of(outer: FaultServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:  # the name is http.server's
            stats = {"busy_share": outer.load.busy_share, "requests": len(outer.requests)}
            self._send(Reply(200, {**stats, "most_at_once": outer.load.most_at_once}))

        def do_POST(self) -> None:  # the name is http.server's
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number, fault = outer.received(content, self.headers["Authorization"], self.path)
            reply = outer.reply(fault, content, number)
            if reply.status == 200:  # errors come at once
                outer.load.serve(outer.service_s + reply.extra_s)
            self._send(reply)
            outer.note({"event": "answered", "n": number, "fault": fault, "id": fingerprint(content)})

        def _send(self, reply: Reply) -> None:
            if reply.drop == "before":
                self._hang_up()
                return
            body = reply.raw
            head = [f"HTTP/1.1 {reply.status} Planned", f"Content-Type: {reply.content_type}"]
            head += [f"Content-Length: {len(body)}"]
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            data = "\r\n".join([*head, "", ""]).encode() + body
            if reply.drop == "midway":
                self.wfile.write(data[: len(data) - len(body) // 2])
                self._hang_up()
            elif reply.drip_s:
                for place in range(0, len(data), 64):
                    self.wfile.write(data[place : place + 64])
                    time.sleep(reply.drip_s)
            else:
                self.wfile.write(data)

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def read_log(path: Path, event: str = "asked") -> Counter[str]:
    """How often each question was asked, or answered, as a server's log says."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return Counter(line["id"] for line in lines if line["event"] == event)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path)
    parser.add_argument("--fault", action="append", default=None)
    parser.add_argument("--slots", type=int)
    parser.add_argument("--service-s", type=float, default=0.0)
    given = parser.parse_args()
    with FaultServer(given.fault or ["ok"], given.log, given.slots, given.service_s) as server:
        print(server.address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
