#!/usr/bin/env python3
"""A scorer for Assay: is the answer a palindrome, and how long is it?

Reads one JSON object a line on standard input and writes one a line on standard output, until its
input ends. In a suite:

    scorers:
      - name: process
        command: [python3, palindrome.py]
        metrics:
          - {name: palindrome}
          - {name: letters, binary: false}
"""
import json
import sys


def judge(request):
    answer = request["response"]["answer"]
    letters = [c for c in answer.casefold() if c.isalnum()]
    if not letters:
        palindrome = {"value": 0, "reason": "no letters"}
    elif letters == letters[::-1]:
        palindrome = {"value": 1, "extracted": "".join(letters)}
    else:
        palindrome = {"value": 0, "extracted": "".join(letters), "reason": "reads differently"}
    return {"scores": {"palindrome": palindrome, "letters": len(letters)}}


def main():
    for line in sys.stdin:
        try:
            reply = judge(json.loads(line))
        except (ValueError, KeyError, TypeError) as problem:
            # Not the model's fault: the reply is counted as unscored, never as wrong.
            reply = {"unscored": f"palindrome.py: {problem!r}"}
        print(json.dumps(reply, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
