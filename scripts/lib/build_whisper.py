"""Builds whisper.cpp and ggml as static libraries, with our patch, and the program that quantises models."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from fetch import fetch, unpack_tree
from lockfile import DEPS, ROOT, SetupError, is_current, key_of, say, stamp, write

PATCH = ROOT / "scripts" / "patches" / "whisper-abort.patch"
PREFIX = DEPS / "whisper"
PKG_CONFIG = DEPS / "lib" / "pkgconfig" / "media-gateway-whisper.pc"
QUANTISE = PREFIX / "bin" / "whisper-quantize"

# One build for every x86-64 CPU with AVX2, whatever machine builds it: no -march=native. No OpenMP: one thread a job.
FLAGS = [
    "-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=OFF", "-DCMAKE_INSTALL_LIBDIR=lib",
    "-DGGML_NATIVE=OFF", "-DGGML_SSE42=ON", "-DGGML_AVX=ON", "-DGGML_AVX2=ON", "-DGGML_FMA=ON", "-DGGML_F16C=ON",
    "-DGGML_BMI2=ON", "-DGGML_OPENMP=OFF", "-DGGML_CCACHE=OFF",
    "-DWHISPER_BUILD_TESTS=OFF", "-DWHISPER_BUILD_EXAMPLES=OFF", "-DWHISPER_BUILD_SERVER=OFF",
]
# The two sources of whisper.cpp's quantise example that it needs; the rest of the examples would take a minute more.
QUANTISE_SOURCES = ["examples/quantize/quantize.cpp", "examples/common-ggml.cpp"]
LIBRARIES = ["-lwhisper", "-lggml", "-lggml-cpu", "-lggml-base", "-lstdc++", "-lm", "-lpthread"]

# The file that whisper.cpp installs is wrong for static linking: no ggml-cpu, wrong order, no C++ library.
# pcfiledir keeps it right when the project's folder moves.
DESCRIPTION = f"""prefix=${{pcfiledir}}/../../whisper
Name: media-gateway-whisper
Description: whisper.cpp 1.8.5 for the media gateway, static
Version: 1.8.5
Cflags: -I"${{prefix}}/include"
Libs: -L"${{prefix}}/lib" {' '.join(LIBRARIES)}
"""


def key(package):
    return key_of(package.sha256, PATCH, *FLAGS, *QUANTISE_SOURCES, DESCRIPTION)


def build(package):
    wanted = key(package)
    if is_current("whisper", wanted):
        return say("whisper", "whisper.cpp 1.8.5 is built")
    fetch(package)
    begun = time.monotonic()
    for tool in ("cmake", "make", "patch", "gcc", "g++"):
        if not shutil.which(tool):
            raise SetupError(f"{tool} is missing; run: scripts/setup packages")
    jobs = str(os.cpu_count() or 1)
    say("whisper", f"building whisper.cpp 1.8.5 with {jobs} jobs; about a minute on two cores ...")
    with tempfile.TemporaryDirectory(prefix="whisper-build-", dir=DEPS) as folder:
        source, made = os.path.join(folder, "source"), os.path.join(folder, "made")
        installed = os.path.join(folder, "installed")
        unpack_tree(package, pathlib.Path(source))
        log = DEPS / "whisper-build.log"
        with open(log, "wb") as output:
            _run(["patch", "-p1", "-i", str(PATCH)], source, output)
            # Debian's compilers by name: a Swift toolchain's clang may come first in PATH, with another C++ library.
            _run(["cmake", "-S", source, "-B", made, "-G", "Unix Makefiles", "-DCMAKE_C_COMPILER=gcc", "-DCMAKE_CXX_COMPILER=g++",
                  f"-DCMAKE_INSTALL_PREFIX={installed}", *FLAGS], source, output)
            _run(["cmake", "--build", made, "-j", jobs], source, output)
            _run(["cmake", "--install", made, "--strip"], source, output)
            os.makedirs(os.path.join(installed, "bin"), exist_ok=True)
            _run(["g++", "-O2", "-std=c++17", "-Iinclude", "-Iggml/include", "-Iexamples", *QUANTISE_SOURCES,
                  f"-L{installed}/lib", *LIBRARIES, "-o", f"{installed}/bin/{QUANTISE.name}"], source, output)
        for unused in ("lib/cmake", "lib/pkgconfig"):
            shutil.rmtree(os.path.join(installed, unused), ignore_errors=True)
        shutil.rmtree(PREFIX, ignore_errors=True)
        os.rename(installed, PREFIX)
        write(PKG_CONFIG, DESCRIPTION.encode())
        log.unlink()
    stamp("whisper", wanted, [PKG_CONFIG, QUANTISE, PREFIX / "include" / "whisper.h", *sorted(PREFIX.glob("lib/*.a"))])
    say("whisper", f"built in {time.monotonic() - begun:.0f} s")


def _run(command, folder, output):
    output.write(f"+ {' '.join(command)}\n".encode())
    output.flush()
    result = subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise SetupError(f"building whisper.cpp failed at \"{command[0]}\"; {output.name} holds what it printed")
