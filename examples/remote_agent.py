#!/usr/bin/env python3
"""An agent of your own: the gateway puts whole turns to it (agent.remote.url), and speaks what it answers.

Standard library only; port 0 takes a free one. Runs until Ctrl-C. Exit status: 1 if it cannot listen."""
import argparse, json, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def answer(turn):
    """(event, data) in order, each sent at once: the caller hears the first sentence while the second is made."""
    said = turn["text"].lower()
    if "repeat" in said and turn["history"]:  # `heard`, not `reply`: the caller may have cut in.
        yield "text", {"text": f"You heard: {turn['history'][-1]['heard']}"}
    elif "goodbye" in said:
        yield "text", {"text": "Thank you for calling. Goodbye."}
        yield "end", {"reason": "goodbye"}
    elif "person" in said or "agent" in said:
        yield "text", {"text": "Of course. One moment, please."}
        yield "handoff", {"reason": "asked_for_a_person"}
    else:
        if "technical" in said:
            yield "transition", {"to": "specialist", "reason": "technical_question"}
        if "look up" in said:
            yield "progress", {"tool": "lookup", "percent": 50, "text": "Looking it up"}
        yield "text", {"text": f"Thank you, you said: {turn['text']}. "}
        time.sleep(0.2)
        yield "text", {"text": "What else may I do for you?"}


class Agent(BaseHTTPRequestHandler):
    def begin(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def do_GET(self):  # After failures the gateway asks whether we are back.
        self.begin("text/plain")

    def do_POST(self):
        turn = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.begin("text/event-stream")
        try:
            for event, data in answer(turn):
                self.wfile.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
            self.wfile.write(b"event: done\ndata: {}\n\n")
        except ConnectionError:  # The caller interrupted, or hung up.
            self.log_message("turn %s was broken off", self.headers["Idempotency-Key"])


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("port", nargs="?", type=int, default=9100, help="default %(default)s")
try:
    server = ThreadingHTTPServer(("127.0.0.1", arguments.parse_args().port), Agent)
    print(f"http://127.0.0.1:{server.server_port}/turn", flush=True)
    server.serve_forever()
except KeyboardInterrupt:
    pass
except (OSError, OverflowError) as error:
    sys.exit(str(error))
