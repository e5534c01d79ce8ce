#!/usr/bin/env python3
"""Download, verify and unpack the items of deps.lock that a group wants. Started by scripts/setup; standard library only.

    scripts/fetch.py --machine Linux-x86_64 core lint

Each item goes through three states, and a new start goes on where the last one stopped:
    unpacked    every file under build/ has the lock's checksum          -> nothing to do
    downloaded  the package is in build/cache/ with the lock's checksum  -> unpack
    absent      the package client brings it into build/cache/tmp/, it is verified, and only then renamed into build/cache/
"""

import fcntl
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import typing
import zipfile

BUILD = "build"
CACHE = os.path.join(BUILD, "cache")
TMP = os.path.join(CACHE, "tmp")


def in_project():
    """Work from the project's folder, wherever the script was started."""
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


class Problem(Exception):
    """What the user must know; printed without a trace."""


# ---- the lock -----------------------------------------------------------------------------------------------------------


class Row(typing.NamedTuple):
    """A line `unpack`: the file at `path` is what `how` makes of the members `sources`."""
    path: str
    sha256: str
    sources: list
    how: list


class Package(typing.NamedTuple):
    """One download."""
    name: str
    version: str
    file: str
    size: int
    sha256: str


def read_lock(path="deps.lock"):
    """The items in order; each a dict of key -> value, `unpack` being a list of Rows and `also` of Packages."""
    items = []
    with open(path, encoding="utf-8") as lock:
        for number, line in enumerate(lock, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            key, _, value = line.partition(" ")
            value = value.strip()
            if key == "item":
                name, _, version = value.partition(" ")
                items.append({"name": name, "version": version, "unpack": [], "also": []})
            elif not items or not value:
                raise Problem(f"{path}:{number}: no item or no value: {line}")
            elif key == "unpack":
                path, sha256, source, *how = value.split()
                items[-1]["unpack"].append(Row(path, sha256, source.split("+"), how or ["as_it_is"]))
            elif key == "also":
                name, version, file, size, sha256 = value.split()
                items[-1]["also"].append(Package(name, version, file, int(size), sha256))
            else:
                items[-1][key] = value
    return items


def outputs(item):
    """(path, sha256) of all that the item leaves under build/; a folder's sum is that of its package."""
    for row in item["unpack"]:
        yield row.path, row.sha256 if row.sha256 != "-" else item["sha256"]


def packages(item):
    """What the client brings for the item: none where it is Debian's."""
    if "file" not in item:
        return []
    return [Package(item["name"], item["version"], item["file"], int(item["bytes"]), item["sha256"]), *item["also"]]


# ---- files --------------------------------------------------------------------------------------------------------------


def sha256_of(path):
    """The file's checksum, or None where there is no such file."""
    try:
        with open(path, "rb") as f:
            digest = hashlib.sha256()
            while block := f.read(1 << 20):
                digest.update(block)
            return digest.hexdigest()
    except FileNotFoundError:
        return None


def is_unpacked(path, sha256):
    path = os.path.join(BUILD, path)
    if not path.endswith("/"):
        return sha256_of(path) == sha256
    try:
        with open(path + ".from") as note:  # written last, so the folder is whole
            return note.read().strip() == sha256
    except FileNotFoundError:
        return False


def put(path, data, executable=False):
    """Write a file under its final name only when it is complete."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.chmod(path + ".new", 0o755 if executable else 0o644)
    os.replace(path + ".new", path)


def members(item):
    """(name, is_executable, read) of every file in the item's packages: wheels, source archives, or what Debian installed."""
    if "file" not in item:
        for row in item["unpack"]:
            yield row.sources[0], False, lambda: open(row.sources[0], "rb").read()
    for package in packages(item):
        path = os.path.join(CACHE, package.file)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for info in archive.infolist():
                    if not info.is_dir():
                        yield info.filename, info.external_attr >> 16 & 0o111, lambda: archive.read(info)
        else:
            with tarfile.open(path) as archive:
                for info in archive:
                    if info.isfile():
                        yield info.name, info.mode & 0o111, lambda: archive.extractfile(info).read()


# ---- the steps ----------------------------------------------------------------------------------------------------------


def unpack(item):
    """Bring the item's files out of its packages into build/, each checked."""
    folders = {row.sources[0]: os.path.join(BUILD, row.path) for row in item["unpack"] if row.path.endswith("/")}
    rows = [row for row in item["unpack"] if not row.path.endswith("/")]
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)
    found, wanted = {}, {source for row in rows for source in row.sources}
    left = {*wanted, *folders}
    for name, executable, read in members(item):
        if name in wanted:
            found[name] = read(), executable
            left.discard(name)
        for source, folder in folders.items():
            inside = name[len(source):]
            if name.startswith(source) and ".." not in inside.split("/"):
                put(os.path.join(folder, inside), read(), executable)
                left.discard(source)
    if left:
        raise Problem(f"{item['name']}: the package holds no {', '.join(sorted(left))}")
    for row in rows:
        data = convert(b"".join(found[source][0] for source in row.sources), *row.how)
        check(item, row.path, hashlib.sha256(data).hexdigest(), row.sha256)
        put(os.path.join(BUILD, row.path), data, found[row.sources[0]][1])
    for folder in folders.values():
        put(os.path.join(folder, ".from"), (item["sha256"] + "\n").encode())


def convert(data, how, *arguments):
    """What `how` makes of a member: a program of tools/convert/, or a function convert_* of this file."""
    if not how.endswith(".py"):
        return globals()["convert_" + how](data, *arguments)
    shutil.rmtree(TMP, ignore_errors=True)
    os.makedirs(TMP)
    source, result = os.path.join(TMP, "source"), os.path.join(TMP, "result")
    put(source, data)
    modules = os.path.abspath(os.path.join(BUILD, "deps", "python"))
    environment = dict(os.environ, PYTHONPATH=modules, PYTHONDONTWRITEBYTECODE="1")
    python = shutil.which("python3.11") or sys.executable  # the lock's numpy and onnx are for 3.11
    log = os.path.join(CACHE, "convert.log")
    with open(log, "w") as out:
        program = [python, os.path.join("tools", "convert", how), source, result, *arguments]
        code = subprocess.run(program, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment).returncode
    if code != 0:
        raise Problem(f"tools/convert/{how} failed (exit {code}): {reason(log)}")
    with open(result, "rb") as f:
        made = f.read()
    shutil.rmtree(TMP, ignore_errors=True)
    return made


def convert_as_it_is(data):
    return data


def convert_vocabulary(tokenizer_json):
    """tokenizer.json -> vocab.txt: one token per line, in the order of the ids."""
    ids = json.loads(tokenizer_json)["model"]["vocab"]
    return "".join(token + "\n" for token in sorted(ids, key=ids.get)).encode()


def convert_member(archive, name):
    """An archive inside the package -> its member of that name."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as inside:
        if name not in inside.getnames():
            raise Problem(f"the archive in the package holds no {name}")
        return inside.extractfile(name).read()


def check(item, what, found, wanted):
    if found != wanted:
        raise Problem(f"{item['name']}: {what} has sha256\n    {found}, but deps.lock says\n    {wanted}; it was not used")


def client_command(item, package):
    """The command that brings a package of the item into TMP."""
    if item["client"] == "npm":
        return ["npm", "pack", "--silent", "--ignore-scripts", f"--cache={TMP}/npm", f"--pack-destination={TMP}",
                f"{package.name}@{package.version}"]
    # With a checksum pip refuses a foreign source before it runs any of its code (it builds the metadata of sources).
    requirement = os.path.join(TMP, "requirement.txt")
    with open(requirement, "w") as f:
        f.write(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    kind, *tags = item["pip"].split()
    command = ["pip3", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--dest", TMP]
    command += ["--no-binary", package.name] if kind == "source" else ["--only-binary", ":all:"]
    command += [part for option, tag in zip(["--platform", "--python-version"], tags) for part in (option, tag)]
    return command + ["--require-hashes", "--requirement", requirement]


def download(item, package, progress):
    """Bring a package of the item into build/cache/, verified."""
    shutil.rmtree(TMP, ignore_errors=True)
    os.makedirs(TMP)
    environment = dict(os.environ, TMPDIR=os.path.abspath(TMP), PIP_ROOT_USER_ACTION="ignore")
    log = os.path.join(CACHE, item["client"] + ".log")
    with open(log, "w") as out:
        client = subprocess.Popen(client_command(item, package), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                  env=environment)
        try:
            while client.poll() is None:
                progress(arrived_bytes())
                time.sleep(0.1)
        finally:
            if client.poll() is None:
                client.kill()
                client.wait()
    path = os.path.join(TMP, package.file)
    if client.returncode != 0 or not os.path.exists(path):
        raise Problem(f"{item['client']} did not bring {package.file} (exit {client.returncode}): {reason(log)}")
    check(item, package.file, sha256_of(path), package.sha256)
    os.replace(path, os.path.join(CACHE, package.file))
    shutil.rmtree(TMP, ignore_errors=True)


def reason(log):
    """Why a client failed, out of what it said."""
    with open(log, errors="replace") as f:
        lines = f.read().splitlines()
    if any("onnection broken" in line or "ENOTFOUND" in line or "EAI_AGAIN" in line for line in lines):
        return "its package registry cannot be reached; is there a connection?"
    return "\n    ".join(["its last words", *lines[-6:]])


def arrived_bytes():
    """Size of the largest file that is growing in TMP: the download, wherever the client keeps it."""
    sizes = [0]
    for folder, _, names in os.walk(TMP):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(folder, name)).st_size)
            except OSError:
                pass
    return max(sizes)


def mb(count):
    return f"{count / 1e6:.1f}" if count < 99.95e6 else f"{count / 1e6:.0f}"


def run(groups, machine):
    items = [i for i in read_lock() if groups & set(i["group"].split()) and i["unpack"]]
    here = [i for i in items if i.get("machine", machine) == machine]
    for name in sorted({i["name"] for i in items} - {i["name"] for i in here}):
        print(f"{name}: none for {machine}, left out")

    todo = [i for i in here if not all(is_unpacked(*output) for output in outputs(i))]
    absent = []
    for package in dict.fromkeys(package for item in todo for package in packages(item)):  # two items may share one
        path = os.path.join(CACHE, package.file)
        found = sha256_of(path)
        if found is not None and found != package.sha256:
            print(f"{path} has not the checksum of deps.lock, fetching it again")
            os.unlink(path)
        if found != package.sha256:
            absent.append(package)

    left, number, count = sum(package.size for package in absent), 0, len(absent)
    for item in todo:
        for package in packages(item):
            if package not in absent:
                continue
            absent.remove(package)
            number += 1
            size = package.size
            line = f"[{number}/{count}] {item['for'].split(':')[0]}: {package.name} {package.version}" \
                   f" ({mb(size)} MB, {mb(left)} MB left)"
            if sys.stdout.isatty():
                download(item, package, lambda n: print(f"\r{line} {min(100, 100 * n // size):3} %", end="", flush=True))
                print(f"\r{line}      ")
            else:
                print(line, flush=True)
                download(item, package, lambda n: None)
            left -= size
        unpack(item)


def main(arguments):
    in_project()
    if len(arguments) < 3 or arguments[0] != "--machine":
        sys.exit(__doc__)
    os.makedirs(CACHE, exist_ok=True)
    try:
        with open(os.path.join(CACHE, "lock"), "w") as lock:  # a second set-up waits, then finds everything there
            fcntl.flock(lock, fcntl.LOCK_EX)
            run(set(arguments[2:]), arguments[1])
    except Problem as problem:
        sys.exit(f"\nsetup: {problem}\nsetup: stopped; what was finished is kept, the next start goes on from there")
    except OSError as error:
        sys.exit(f"\nsetup: {error}\nsetup: stopped; what was finished is kept, the next start goes on from there")
    except KeyboardInterrupt:
        print("\nsetup: interrupted; finished downloads are kept, the next start goes on from there", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main(sys.argv[1:])
