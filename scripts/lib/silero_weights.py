"""Takes the 8 kHz network's weights out of silero_vad.onnx and writes them as little-endian float32, one after another:

    stft[2*B, N]  conv1 w, b  conv2 w, b  conv3 w, b  conv4 w, b  lstm w_ih, w_hh, b_ih, b_hh  output w, b

row-major as in the file; 235,649 floats. What the pipeline's own kernel reads. The ONNX file is a Protocol Buffers message
whose graph is one If node: its else branch is the 8 kHz network, and its weights are Constant nodes in there. Walking the
few fields that lead to them needs no library.
"""

import struct

from fetch import copy, fetch, read
from lockfile import LICENCES, MODELS, ROOT, SetupError, is_current, key_of, megabytes, say, stamp, write

OUTPUT = MODELS / "silero-8k.f32"
FLOATS = 235_649
TENSORS = [
    "stft.forward_basis_buffer",
    *[f"encoder.{layer}.reparam_conv.{part}" for layer in range(4) for part in ("weight", "bias")],
    *[f"decoder.rnn.{part}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")],
    "decoder.decoder.2.weight", "decoder.decoder.2.bias",
]

# Field numbers of onnx.proto.
MODEL_GRAPH = 7
GRAPH_NODE = 1
NODE_OUTPUT, NODE_ATTRIBUTE = 2, 5
ATTRIBUTE_NAME, ATTRIBUTE_TENSOR, ATTRIBUTE_GRAPH = 1, 5, 6
TENSOR_DATA_TYPE, TENSOR_FLOAT_DATA, TENSOR_RAW_DATA = 2, 4, 9
FLOAT = 1


def key(package):
    return key_of(package.sha256, ROOT / "scripts" / "lib" / "silero_weights.py")


def make(package):
    wanted = key(package)
    if is_current("silero", wanted):
        return
    fetch(package)
    data = flatten(read(package, package.path("silero_vad.onnx")))
    write(OUTPUT, data)
    copy(package, "licenses/LICENSE", LICENCES / "silero-vad.txt")
    stamp("silero", wanted, [OUTPUT, LICENCES / "silero-vad.txt"])
    say("models", f"{OUTPUT.relative_to(ROOT)}, {megabytes(len(data))}")


def flatten(model):
    tensors = {}
    for graph in _field(memoryview(model), MODEL_GRAPH):
        _collect(graph, "", tensors)
    parts = []
    for name in TENSORS:
        found = [data for path, data in tensors.items() if path.startswith("else_branch/") and path.endswith("Inline_0__" + name)]
        if len(found) != 1:
            raise SetupError(f"silero_vad.onnx holds {len(found)} tensors named {name} for 8 kHz instead of one")
        parts.append(found[0])
    data = b"".join(parts)
    if len(data) != 4 * FLOATS:
        raise SetupError(f"silero_vad.onnx gave {len(data) // 4} weights instead of {FLOATS}")
    return data


def _collect(graph, path, tensors):
    """Constants of a graph and of the graphs in its nodes' attributes."""
    for node in _field(graph, GRAPH_NODE):
        for attribute in _field(node, NODE_ATTRIBUTE):
            for inner in _field(attribute, ATTRIBUTE_GRAPH):
                name = bytes(next(iter(_field(attribute, ATTRIBUTE_NAME)))).decode()
                _collect(inner, f"{path}{name}/", tensors)
            for tensor in _field(attribute, ATTRIBUTE_TENSOR):
                if list(_field(tensor, TENSOR_DATA_TYPE)) == [FLOAT]:
                    output = bytes(next(iter(_field(node, NODE_OUTPUT)))).decode()
                    tensors[path + output] = b"".join(bytes(part) for part in _float_data(tensor))


def _float_data(tensor):
    raw = list(_field(tensor, TENSOR_RAW_DATA))
    return raw or [
        part if isinstance(part, memoryview) else struct.pack("<I", part) for part in _field(tensor, TENSOR_FLOAT_DATA)
    ]


def _field(message, wanted):
    """Values of one field: bytes of the length-delimited ones, integers of the others."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(message, at)
        elif kind == 1:
            value, at = int.from_bytes(message[at:at + 8], "little"), at + 8
        elif kind == 2:
            length, at = _varint(message, at)
            value, at = message[at:at + length], at + length
        elif kind == 5:
            value, at = int.from_bytes(message[at:at + 4], "little"), at + 4
        else:
            raise SetupError(f"silero_vad.onnx is damaged at byte {at}")
        if number == wanted:
            yield value


def _varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
