#!/usr/bin/env python3
"""A model server for tests: OpenAI chat completions that echo the question, the questions that tell
servers apart, and every way in which a server misbehaves while it starts, serves or stops."""
import argparse
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--kind", default="plain",
                    choices=["plain", "vllm", "sglang", "llama-cpp", "tgi", "lm-studio", "ollama"])
parser.add_argument("--models", default="echo", help="comma-separated")
parser.add_argument("--slow-start", type=float, default=0, help="seconds of 503 at /health")
parser.add_argument("--never-healthy", action="store_true")
parser.add_argument("--exit-at-start", type=int, default=-1)
parser.add_argument("--crash-after", type=int, default=0, help="in the middle of the Nth reply")
parser.add_argument("--crashes", type=int, default=1, help="how many lives end so (counted in --folder)")
parser.add_argument("--delay", type=float, default=0, help="seconds before each reply")
parser.add_argument("--burn", type=float, default=0, help="CPU seconds before each reply")
parser.add_argument("--ignore-sigterm", action="store_true")
parser.add_argument("--grandchild", action="store_true")
parser.add_argument("--chatter", type=int, default=0, help="bytes of log written at the start")
parser.add_argument("--api-key", help="taken and ignored")
parser.add_argument("--hf-token", help="taken and ignored")
parser.add_argument("--folder", default="", help="where pid files and counters go")
args = parser.parse_args()
started = time.monotonic()


def note(name, text):
    if args.folder:
        with open(os.path.join(args.folder, name), "a") as out:
            out.write(f"{text}\n")


def lives():
    try:
        with open(os.path.join(args.folder, "lives")) as lines:
            return len(lines.readlines())
    except OSError:
        return 0


note("lives", os.getpid())
if args.ignore_sigterm:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if args.grandchild:
    note("grandchildren", subprocess.Popen(["sleep", "1000"]).pid)
if args.chatter:
    sys.stdout.write(("x" * 79 + "\n") * (args.chatter // 80))
    sys.stdout.flush()
print("loading weights", file=sys.stderr, flush=True)
if args.exit_at_start >= 0:
    print("CUDA error: out of memory", file=sys.stderr, flush=True)
    sys.exit(args.exit_at_start)

requests = 0
lock = threading.Lock()
MODELS = [name for name in args.models.split(",") if name]
OWNERS = {"vllm": "vllm", "sglang": "sglang", "llama-cpp": "llamacpp",
          "lm-studio": "organization_owner", "ollama": "library"}
DOCUMENTS = {
    "vllm": {"/version": {"version": "0.10.1"}},
    "sglang": {"/get_model_info": {"model_path": "org/model"}, "/get_server_info": {"version": "0.5.2"}},
    "llama-cpp": {"/props": {"build_info": "b6100-abcdef", "default_generation_settings": {}}},
    "tgi": {"/info": {"model_id": "org/tgi", "version": "3.3.4"}},
    "lm-studio": {"/api/v0/models": {"data": []}},
    "ollama": {"/api/version": {"version": "0.11.4"},
               "/api/tags": {"models": [{"name": name} for name in MODELS]}},
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def document(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/health":
            loading = args.never_healthy or time.monotonic() - started < args.slow_start
            if loading:
                return self.document(503, {"error": {"message": "Loading model", "code": 503}})
            return self.document(200, {"status": "ok"})
        if self.path == "/v1/models" and args.kind != "tgi":
            owner = OWNERS.get(args.kind, "me")
            return self.document(200, {"object": "list", "data": [
                {"id": name, "object": "model", "owned_by": owner} for name in MODELS]})
        known = DOCUMENTS.get(args.kind, {})
        if self.path in known:
            return self.document(200, known[self.path])
        return self.document(404, {"error": {"message": "no such path"}})

    def do_POST(self):
        global requests
        question = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with lock:
            requests += 1
            mine = requests
        note("served", question["messages"][-1]["content"])
        time.sleep(args.delay)
        end = time.process_time() + args.burn
        while time.process_time() < end:
            pass
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        answer = "echo " + question["messages"][-1]["content"]
        half = len(answer) // 2
        self.event({"content": answer[:half]})
        if args.crash_after and mine == args.crash_after and lives() <= args.crashes:
            print("assertion failed: kv cache", file=sys.stderr, flush=True)
            os._exit(3)
        self.event({"content": answer[half:]})
        self.event({}, "stop")
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def event(self, delta, finish=None):
        value = {"id": "c1", "object": "chat.completion.chunk", "model": MODELS[0],
                 "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n")
        self.wfile.flush()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


server = Server(("127.0.0.1", args.port), Handler)
if args.port == 0:
    note("port", server.server_port)
print(f"listening on {server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()
