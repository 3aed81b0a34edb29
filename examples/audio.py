#!/usr/bin/env python3
"""Speaks a WAV to WS /audio in real time, prints what was understood and answered, and saves the spoken answer as a WAV.

IN is 16-bit mono at 16 kHz (`media-gateway say "I want to check my data balance." -o in.wav` makes one). Needs
`pip install websockets`; GATEWAY_API_KEY if the gateway asks for it. Exit status: 0 answered, 1 refused, broken off or not
answered in time, 2 usage."""
import argparse, asyncio, json, os, sys, wave
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

RATE, FRAME = 16_000, 640  # bytes of 20 ms
SILENCE = bytes(FRAME)
arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("input", metavar="IN")
arguments.add_argument("output", metavar="OUT")
arguments.add_argument("--url", default="ws://127.0.0.1:8080/audio", help="default %(default)s")
arguments.add_argument("--patience", type=float, default=30, metavar="S", help="give up after so long (default %(default)s)")
options = arguments.parse_args()


class Ear:
    """Plays what comes in order, 20 ms at a time, and knows how far it is: the gateway needs it to know what was heard."""

    def __init__(self):
        self.waiting, self.marks, self.quiet, self.taken, self.played = bytearray(), [], None, 0, 0

    def hear(self, audio):
        self.waiting += audio
        self.taken += len(audio)

    def mark(self, name, milliseconds):
        self.marks.append((self.taken, name, milliseconds))

    def clear(self):
        self.taken -= len(self.waiting)
        self.waiting, self.marks = bytearray(), []

    def play(self):
        """The next 20 ms, or nothing; and the marks that were passed. `quiet` counts silent frames after the first sound."""
        frame = bytes(self.waiting[:FRAME])
        del self.waiting[:FRAME]
        self.played += len(frame)
        self.quiet = 0 if frame else self.quiet if self.quiet is None else self.quiet + 1
        passed = [mark for mark in self.marks if mark[0] <= self.played]
        self.marks = self.marks[len(passed):]
        return frame, passed


async def converse(socket, question):
    """Listens to the greeting, asks, and listens to the answer: returns its audio. One clock for mouth and ear."""
    ear, answer, is_answered, asked = Ear(), bytearray(), False, None
    opened = asyncio.Event()

    async def listen():
        nonlocal is_answered
        async for message in socket:
            if isinstance(message, bytes):
                ear.hear(message)
                continue
            event = json.loads(message)
            if event["type"] == "session":
                opened.set()
            elif event["type"] == "mark":
                ear.mark(event["mark"], event["ms"])
            elif event["type"] == "clear":
                ear.clear()
            elif event["type"] == "transcript" and event["final"]:
                print("you:", event["text"], flush=True)
            elif event["type"] == "message":
                print(f"{event['agent']}:", event["text"], flush=True)
                if asked is not None:
                    is_answered, ear.quiet = True, None
            elif event["type"] == "error":
                sys.exit(f"{event['code']}: {event['message']}")

    listener = asyncio.create_task(listen())
    await socket.send(json.dumps({"type": "start", "encoding": "pcm_s16le", "sample_rate": RATE}))
    await opened.wait()
    clock = asyncio.get_running_loop()
    began, tick = clock.time(), 0
    while clock.time() - began < options.patience and not listener.done():
        heard, passed = ear.play()
        for _, name, milliseconds in passed:
            await socket.send(json.dumps({"type": "played", "mark": name, "ms": milliseconds}))
        if asked is None and ear.quiet == 30:
            asked = 0  # 600 ms after the greeting it is our turn
        spoken = SILENCE if asked is None else question[asked:asked + FRAME].ljust(FRAME, b"\0")
        if asked is not None:
            asked += FRAME
            if asked > len(question):
                answer += heard
        await socket.send(spoken)
        if is_answered and ear.quiet == 30:
            await socket.send(json.dumps({"type": "stop"}))
            return answer
        tick += 1
        await asyncio.sleep(max(0, began + tick * 0.02 - clock.time()))
    if listener.done():
        listener.result()
        sys.exit("the gateway closed the stream")
    sys.exit(f"no answer in {options.patience:g} s")


async def main(question):
    key = os.environ.get("GATEWAY_API_KEY")
    async with connect(options.url, additional_headers={"Authorization": f"Bearer {key}"} if key else {}) as socket:
        answer = await converse(socket, question)
    with wave.open(options.output, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(answer)
    print(f"{options.output}: {len(answer) / 2 / RATE:.2f} s")


try:
    with wave.open(options.input) as file:
        if file.getparams()[:3] != (1, 2, RATE):
            arguments.error(f"{options.input}: not 16-bit mono at {RATE} Hz")
        question = file.readframes(file.getnframes())
except (OSError, EOFError, wave.Error) as error:
    arguments.error(f"{options.input}: {error}")
try:
    asyncio.run(main(question))
except (OSError, WebSocketException) as error:
    sys.exit(f"{options.url}: {error}")
