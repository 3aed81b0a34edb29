#!/usr/bin/env python3
"""Opens a session over HTTP, says one thing, and prints the answer as it is made (server-sent events).

Standard library only; GATEWAY_API_KEY if the gateway asks for it. Exit status: 0 answered, 1 refused or broken off."""
import argparse, json, os, sys, urllib.error, urllib.request

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("text", help="what to say")
arguments.add_argument("--url", default="http://127.0.0.1:8080", help="default %(default)s")
arguments.add_argument("--session", help="say it in this session")
options = arguments.parse_args()


def post(path, body, accept):
    headers = {"Content-Type": "application/json", "Accept": accept}
    if key := os.environ.get("GATEWAY_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    return urllib.request.urlopen(urllib.request.Request(options.url + path, json.dumps(body).encode(), headers), timeout=30)


def events(response):
    """(name, data) of each event: fields up to an empty line; lines that begin with a colon are comments."""
    name, data = "message", []
    for line in (raw.decode().rstrip("\r\n") for raw in response):
        field, _, value = line.partition(":")
        if line == "":
            if data:
                yield name, json.loads("\n".join(data))
            name, data = "message", []
        elif field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            data.append(value.removeprefix(" "))


try:
    session = options.session
    if not session:
        opened = json.load(post("/v1/sessions", {}, "application/json"))
        session = opened["session_id"]
        print(f"[{session}] {opened['greeting']}")
    for name, event in events(post(f"/v1/sessions/{session}/messages", {"text": options.text}, "text/event-stream")):
        if name == "delta":
            print(event["text"], end="", flush=True)
        elif name == "message":
            print(f"\n({event['intent']}, {event['confidence']}, {event['latency_ms']} ms)")
            sys.exit(0)
        elif name == "error":
            sys.exit(f"{event['code']}: {event['message']}")
    sys.exit("the stream ended without an answer")
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code}: {error.read().decode()}")
except OSError as error:
    sys.exit(f"{options.url}: {error}")
