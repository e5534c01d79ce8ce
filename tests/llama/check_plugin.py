#!/usr/bin/env python3
"""What the plug-in libxybrid-llama shows and holds: one exported name, no symbol of C++'s library from outside, no call of
getenv, and vector instructions of later processors only in the object of their level; with --glibc, that no newer one is needed.

    tests/llama/check_plugin.py BUILD-FOLDER [--tools=aarch64-linux-gnu-] [--nm=nm --objdump=objdump --readelf=readelf] [--glibc=2.17]

Ends with 77 where scripts/build-llama has built nothing."""
import os
import re
import subprocess
import sys

ALLOWED_LIBRARIES = {"libm.so.6", "libc.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
FORBIDDEN = {"getenv", "secure_getenv", "system", "popen", "exit", "_exit"}
# What a level must not hold. Those without a name of their own are the rest of llama.cpp.
X86 = {"baseline": r"%[yz]mm", "avx2": r"%zmm|%ymm(1[6-9]|2\d|3[01])\b|\{%k", "avx512vnni": r"%tmm"}
ARM = {"baseline": r"\t[su]dot\t|\t[us]*mmla\t", "dotprod": r"\t[us]*mmla\t", "i8mm": r"\tz\d+\."}


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def main(arguments):
    folder = arguments[0]
    options = dict(a[2:].split("=", 1) for a in arguments[1:])
    tools = {name: options.get(name, options.get("tools", "") + name) for name in ("nm", "objdump", "readelf")}
    levels = ARM if "aarch64" in options.get("tools", "") or os.uname().machine == "aarch64" else X86
    plugin = os.path.join(folder, "engines", "libxybrid-llama.so")
    if not os.path.exists(plugin):
        print(f"SKIP check_plugin: no {plugin}")
        return 77
    problems = []
    shown = [line.split()[-1] for line in lines(tools["nm"], "-D", "--defined-only", plugin)]
    if shown != ["xybrid_engine_entry"]:
        problems.append(f"exported: {' '.join(shown[:9])}")
    wanted = {line.split()[-1].split("@")[0] for line in lines(tools["nm"], "-D", "--undefined-only", plugin)}
    problems += [f"calls {name}" for name in sorted(wanted & FORBIDDEN)]
    problems += [f"wants {name} from outside" for name in sorted(wanted) if re.match(r"_Z|__cxa_(throw|begin)|__gxx|_Unwind", name)]
    for line in lines(tools["readelf"], "-d", plugin):
        library = re.search(r"NEEDED.*\[(.*)\]", line)
        if library and library[1] not in ALLOWED_LIBRARIES:
            problems.append(f"needs {library[1]}")
    if "glibc" in options:
        versions = set(re.findall(r"GLIBC_(\d+)\.(\d+)", "\n".join(lines(tools["objdump"], "-T", plugin))))
        newest = max((int(a), int(b)) for a, b in versions)
        if newest > tuple(map(int, options["glibc"].split("."))):
            problems.append("needs glibc %d.%d" % newest)
    parts = {f"cpu-{level}.o": later for level, later in levels.items()}
    parts.update({name: levels["baseline"] for name in ("libllama.a", "libggml.a", "libggml-base.a")})
    for name, later in parts.items():
        path = os.path.join(folder, "llama", name)
        if not os.path.exists(path):
            continue
        found = [line for line in lines(tools["objdump"], "-d", path) if re.search(later, line)]
        if found:
            problems.append(f"{name} holds {found[0].strip()}")
        if name.startswith("cpu-"):
            shown = [line.split()[-1] for line in lines(tools["nm"], "-g", "--defined-only", path)]
            if len(shown) != 1:
                problems.append(f"{name} shows {' '.join(shown[:9])}")
    print("\n".join(problems) or f"{plugin}: as it should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
