"""Reads deploy/ as far as that goes without a container engine: every file is parsed, and every path and command in it must exist.
Prints a line a problem and fails if there is one. Run from the package's folder."""
import json
import pathlib
import re
import shlex
import subprocess
import sys

import yaml

problems = []
KNOWN = "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split()
SERVICE_KEYS = set(
    "build image command environment ports volumes restart stop_grace_period read_only tmpfs cap_drop security_opt ulimits healthcheck".split())


def check(holds, problem):
    if not holds:
        problems.append(problem)


def instructions(path):
    """(word, rest) of each instruction; continued lines joined, comments and empty lines left out."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), rest.strip()


def dockerfile(path, root):
    ignored = [line for line in (root / ".dockerignore").read_text().split() if not line.startswith("#")]
    stages, users, found, command = [], [], set(), {}
    for word, rest in instructions(path):
        found.add(word)
        check(word in KNOWN, f"{path}: unknown instruction {word}")
        if word == "FROM":
            stages.append(rest.split(" AS ")[1] if " AS " in rest else "")
            check(":" in rest.split()[0] and ":latest" not in rest, f"{path}: FROM {rest}: no version")
        if word in ("CMD", "ENTRYPOINT") or (word == "HEALTHCHECK" and " CMD " in f" {rest}"):
            try:
                command[word] = json.loads(rest[rest.index("["):])
            except ValueError:
                problems.append(f"{path}: {word} is no JSON list")
        if word == "USER":
            users.append(rest)
        if word == "COPY":
            parts = shlex.split(rest)
            source = [part for part in parts if part.startswith("--from=")]
            if source:
                check(source[0].split("=")[1] in stages, f"{path}: COPY {source[0]}: no such stage")
                continue
            for name in parts[:-1]:
                check((root / name).exists(), f"{path}: COPY {name}: not in the package")
                check(name.split("/")[0] not in ignored, f"{path}: COPY {name}: .dockerignore leaves it out")
        if word == "RUN":
            for script in re.findall(r"scripts/[\w-]+", rest):
                check((root / script).exists(), f"{path}: RUN {script}: not there")
            for target in re.findall(r"\bmake ([\w-]+)", rest):
                check(re.search(rf"^{target}:", (root / "Makefile").read_text(), re.MULTILINE), f"{path}: make {target}: no such target")
    check(users and users[-1] not in ("root", "0"), f"{path}: runs as root")
    for word in ("HEALTHCHECK", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD", "STOPSIGNAL"):
        check(word in found, f"{path}: no {word}")
    return command


def compose(path, root):
    document = yaml.safe_load(path.read_text())
    check(set(document) <= {"name", "services", "volumes"}, f"{path}: {set(document)}")
    for name, service in document["services"].items():
        check(set(service) <= SERVICE_KEYS, f"{path}: {name}: unknown keys {set(service) - SERVICE_KEYS}")
        build = service["build"]
        context = path.parent / build["context"]
        check((context / build["dockerfile"]).resolve() == (root / "deploy/Dockerfile").resolve(), f"{path}: {name}: builds something else")
        for volume in service["volumes"]:
            check(volume.split(":")[0] in document["volumes"], f"{path}: volume {volume} is not declared")
        check(service["stop_grace_period"] == "60s", f"{path}: a stop that kills calls")
        for key, value in service["environment"].items():
            check(f"${{{key}" in str(value), f"{path}: {key} does not come from the environment")
        yield service["command"]


def unit(path):
    keys = {}
    for line in path.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            keys.setdefault(key, []).append(value)
    check(keys.get("Type") == ["exec"] and int(keys["TimeoutStopSec"][0]) >= 60, f"{path}: no time to drain")
    for key in ("NoNewPrivileges", "DynamicUser", "ProtectHome", "PrivateTmp", "MemoryDenyWriteExecute"):
        check(keys.get(key) == ["yes"], f"{path}: {key} is not yes")
    check("LimitNOFILE" in keys and keys.get("CapabilityBoundingSet") == [""], f"{path}: limits or capabilities")
    return shlex.split(keys["ExecStart"][0])[1:]


def verify_unit(path):
    """systemd's own reader, with a program that exists in place of ours. What it says of other units is not our business."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / path.name
        copy.write_text(re.sub(r"/opt/media-gateway/\S*media-gateway", "/bin/true", path.read_text()))
        try:
            run = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            print("systemd-analyze is not installed: the unit was not verified by it")
            return
        for line in run.stderr.splitlines():
            check(path.name not in line, f"{path}: {line}")


def main():
    root = pathlib.Path(".")
    deploy = root / "deploy"
    command = dockerfile(deploy / "Dockerfile", root)
    lines = [command.get("CMD", [])] + list(compose(deploy / "compose.yaml", root)) + [unit(deploy / "media-gateway.service")]
    verify_unit(deploy / "media-gateway.service")
    for line in lines:
        check(line[:1] == ["serve"], f"does not serve: {line}")
    print("\n".join(problems) or json.dumps({"commands": [list(map(str, line)) for line in lines]}))
    sys.exit(1 if problems else 0)


main()
