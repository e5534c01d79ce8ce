#!/usr/bin/env python3
"""What the plug-in (libxybrid-llama.so, xybrid-llama.dll) shows and holds: one exported name, no symbol of C++'s library from
outside, no call of getenv, no DLL but the system's, and vector instructions of later processors only in the objects of their level;
with --glibc, that no newer one is needed.

    tests/llama/check_plugin.py BUILD-FOLDER [--tools=aarch64-linux-gnu-] [--nm=nm --objdump=objdump --readelf=readelf] [--glibc=2.17]

Ends with 77 where scripts/build-llama has built nothing."""
import glob
import os
import re
import subprocess
import sys

ALLOWED_LIBRARIES = {"libm.so.6", "libc.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
ALLOWED_DLLS = r"(?i)kernel32\.dll|msvcrt\.dll|ucrtbase\.dll|api-ms-win-[\w-]+\.dll|advapi32\.dll|ntdll\.dll"
FORBIDDEN = {"getenv", "secure_getenv", "system", "popen", "exit", "_exit"}
# What a level must not hold. Those without a name of their own are the rest of llama.cpp.
X86 = {"baseline": r"%[yz]mm", "avx2": r"%zmm|%ymm(1[6-9]|2\d|3[01])\b|\{%k", "avx512vnni": r"%tmm"}
ARM = {"baseline": r"\t[su]dot\t|\t[us]*mmla\t", "dotprod": r"\t[us]*mmla\t", "i8mm": r"\tz\d+\."}


def lines(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def check_elf(plugin, tools, newest_glibc):
    shown = [line.split()[-1] for line in lines(tools["nm"], "-D", "--defined-only", plugin)]
    if shown != ["xybrid_engine_entry"]:
        yield f"exported: {' '.join(shown[:9])}"
    wanted = {line.split()[-1].split("@")[0] for line in lines(tools["nm"], "-D", "--undefined-only", plugin)}
    yield from (f"calls {name}" for name in sorted(wanted & FORBIDDEN))
    yield from (f"wants {name} from outside" for name in sorted(wanted) if re.match(r"_Z|__cxa_(throw|begin)|__gxx|_Unwind", name))
    for line in lines(tools["readelf"], "-d", plugin):
        library = re.search(r"NEEDED.*\[(.*)\]", line)
        if library and library[1] not in ALLOWED_LIBRARIES:
            yield f"needs {library[1]}"
    if newest_glibc:
        versions = set(re.findall(r"GLIBC_(\d+)\.(\d+)", "\n".join(lines(tools["objdump"], "-T", plugin))))
        newest = max((int(a), int(b)) for a, b in versions)
        if newest > tuple(map(int, newest_glibc.split("."))):
            yield "needs glibc %d.%d" % newest


def check_dll(plugin, tools):
    text = "\n".join(lines(tools["objdump"], "-p", plugin))
    shown = re.findall(r"^\s*\[ *\d+\] (\w+)$", text[text.find("[Ordinal/Name"):], re.M)
    if shown != ["xybrid_engine_entry"]:
        yield f"exported: {' '.join(shown[:9])}"
    yield from (f"needs {name}" for name in re.findall(r"DLL Name: (\S+)", text) if not re.fullmatch(ALLOWED_DLLS, name))


def check_level(folder, level, later, tools):
    """One object for ELF, which shows its entry alone; several for Windows, whose names end with the level's."""
    objects = glob.glob(os.path.join(folder, f"cpu-{level}.o")) + glob.glob(os.path.join(folder, f"cpu-{level}.*.obj"))
    for path in objects:
        shown = {line.split()[0] for line in lines(tools["nm"], "-g", "--defined-only", "--format=posix", path)}
        strangers = sorted(name for name in shown - {f"xb_llama_cpu_{level}"}
                           if not (path.endswith(".obj") and name.endswith("." + level)))
        if strangers:
            yield f"{os.path.basename(path)} shows {' '.join(strangers[:9])}"
        yield from check_instructions(path, later, tools)


def check_instructions(path, later, tools):
    found = [line for line in lines(tools["objdump"], "-d", path) if re.search(later, line)]
    if found:
        yield f"{os.path.basename(path)} holds {found[0].strip()}"


def main(arguments):
    folder = arguments[0]
    options = dict(a[2:].split("=", 1) for a in arguments[1:])
    tools = {name: options.get(name, options.get("tools", "") + name) for name in ("nm", "objdump", "readelf")}
    levels = ARM if "aarch64" in options.get("tools", "") or os.uname().machine == "aarch64" else X86
    found = [path for name in ("libxybrid-llama.so", "xybrid-llama.dll")
             if os.path.exists(path := os.path.join(folder, "engines", name))]
    if not found:
        print(f"SKIP check_plugin: no plug-in in {folder}/engines")
        return 77
    plugin = found[0]
    problems = list(check_dll(plugin, tools) if plugin.endswith(".dll") else check_elf(plugin, tools, options.get("glibc")))
    built = os.path.join(folder, "llama")
    for level, later in levels.items():
        problems += check_level(built, level, later, tools)
    for name in ("libllama.a", "libggml.a", "libggml-base.a"):
        if os.path.exists(path := os.path.join(built, name)):
            problems += check_instructions(path, levels["baseline"], tools)
    print("\n".join(problems) or f"{plugin}: as it should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
