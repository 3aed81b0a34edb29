#!/usr/bin/env python3
"""Takes the gateway's webhooks (callbacks.url), checks who sent them and when, and prints each once, one JSON object a line.

Standard library only; the secret is GATEWAY_WEBHOOK_SECRET. Runs until it is stopped. Exit status: 1 without a secret."""
import argparse, collections, hashlib, hmac, http.server, json, os, sys, time

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--port", type=int, default=9000, help="default %(default)s; 0 takes a free one")
arguments.add_argument("--max-age", type=int, default=300, help="seconds; an older one is a replay (default %(default)s)")
options = arguments.parse_args()
secret = os.environ.get("GATEWAY_WEBHOOK_SECRET", "").encode() or sys.exit("set GATEWAY_WEBHOOK_SECRET")
seen = collections.OrderedDict()  # the last deliveries: one that was tried again may come twice


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(max(0, min(int(self.headers.get("Content-Length", 0)), 65536)))
        stamp = self.headers.get("X-Gateway-Timestamp", "")
        expected = "sha256=" + hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        given = self.headers.get("X-Gateway-Signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode()) or abs(time.time() - int(stamp)) > options.max_age:
            return self.answer(401)
        event = json.loads(body)
        if event["id"] not in seen:
            print(json.dumps(event), flush=True)
            seen[event["id"]] = True
            if len(seen) > 10000:
                seen.popitem(last=False)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


with http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Receiver) as server:
    print(f"listening on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()
