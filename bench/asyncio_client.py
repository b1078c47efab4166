#!/usr/bin/env python3
"""A load client as most are written: asyncio and aiohttp, one task a stream, times taken when a line of the stream reaches
the task. It stands beside `assay bench` in bench/load for comparison, and prints one JSON line per request.

  bench/asyncio_client.py URL MODEL STREAMS TOKENS
"""
import asyncio
import json
import sys
import time

import aiohttp


async def one(session, url, model, tokens, number):
    body = {"model": model, "stream": True, "max_tokens": tokens,
            "messages": [{"role": "user", "content": f"request {number}: say something"}]}
    sent = time.monotonic_ns()
    stamps, reply = [], ""
    async with session.post(url + "/chat/completions", json=body) as response:
        async for line in response.content:
            now = time.monotonic_ns()
            if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                continue
            event = json.loads(line[6:])
            reply = event.get("id", reply)
            choices = event.get("choices")
            if choices and choices[0].get("delta", {}).get("content"):
                stamps.append(now)
    return {"response_id": reply, "sent_ns": sent, "at_ns": stamps}


async def main():
    url, model, streams, tokens = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as session:
        for done in await asyncio.gather(*(one(session, url, model, tokens, i) for i in range(streams))):
            print(json.dumps(done))


asyncio.run(main())
