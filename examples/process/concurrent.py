#!/usr/bin/env python3
"""A model that takes four requests at once and answers each when it is ready.

  assay run SUITE --model 'process:./concurrent.py?hello=30s'
"""
import json
import sys
import threading
import time

WORKERS = 4
write_lock = threading.Lock()


def say(**event):
    with write_lock:
        print(json.dumps(event), flush=True)


def answer(request):
    name = request["id"]
    time.sleep(0.01 * (len(request["input"]) % 3))
    say(id=name, reasoning="It has %d letters." % len(request["input"]))
    say(id=name, delta=request["input"][::-1])
    say(id=name, done=True, usage={"output_tokens": 1})


def main():
    say(type="hello", protocol=1, concurrency=WORKERS, version="reverse 1.0")
    for line in sys.stdin:
        threading.Thread(target=answer, args=(json.loads(line),)).start()


main()
