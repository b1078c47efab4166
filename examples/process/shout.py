#!/usr/bin/env python3
"""A model as one script: answers with the question in capitals, word by word.

  assay run SUITE --model 'process:./shout.py'
"""
import json
import sys


def say(**event):
    print(json.dumps(event), flush=True)


def main():
    say(type="hello", protocol=1, version="shout 1.0")
    for line in sys.stdin:
        request = json.loads(line)
        words = request["input"].upper().split()
        if not words:
            say(error={"kind": "rejected", "message": "an empty question"})
            continue
        for i, word in enumerate(words):
            say(delta=word if i == 0 else " " + word)
        say(done=True, finish_reason="stop",
            usage={"input_tokens": len(words), "output_tokens": len(words)})


main()
