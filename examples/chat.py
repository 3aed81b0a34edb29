#!/usr/bin/env python3
"""Chats over WS /chat: says each line of standard input, prints the answers.

Needs `pip install websockets`; GATEWAY_API_KEY if the gateway asks for it. Exit status: 0 done, 1 refused or broken off."""
import argparse, json, os, sys
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--url", default="ws://127.0.0.1:8080/chat", help="default %(default)s")
arguments.add_argument("--session", help="go on with this session")
options = arguments.parse_args()
key = os.environ.get("GATEWAY_API_KEY")
try:
    with connect(options.url, additional_headers={"Authorization": f"Bearer {key}"} if key else {}) as socket:
        socket.send(json.dumps({"type": "hello", "session_id": options.session}))
        opened = json.loads(socket.recv(timeout=10))
        if opened["type"] == "error":
            sys.exit(f"{opened['code']}: {opened['message']}")
        print(f"[{opened['session_id']}]", opened.get("greeting", "welcome back"), flush=True)
        for line in filter(str.strip, sys.stdin):
            socket.send(json.dumps({"type": "message", "text": line.strip()}))
            event = {"type": "none"}
            while event["type"] not in ("message", "error") or event.get("role") == "user":
                event = json.loads(socket.recv(timeout=30))
            if event["type"] == "error":
                sys.exit(f"{event['code']}: {event['message']}")
            print(f"{event['agent']}: {event['text']}", flush=True)
            if event["next"] == "end":
                break
except (OSError, TimeoutError, WebSocketException) as error:
    sys.exit(f"{options.url}: {error or type(error).__name__}")
