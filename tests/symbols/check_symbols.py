#!/usr/bin/env python3
"""What the libraries show to a linker:

    python3 check_symbols.py PART --library FILE [--nm NM] [--readelf READELF] [--golden FILE]

    shared    exports the golden list and nothing else; needs the C library alone; its name is libxybrid.so.0
    static    defines xybrid_* and xb_* and nothing else
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "symbols.txt"
NEEDED = r"lib(c|m|dl|pthread)\.so\.\d+|ld-linux[-\w]*\.so\.\d+"
WEAK = {"__cxa_finalize", "__gmon_start__", "_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}  # of start files
VERSION_NODE = "XYBRID_0"


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(text):
    """(type, name, version) of each line of nm; the version is "" if there is none."""
    for match in re.finditer(r"^[0-9a-f ]+ ([A-Za-z]) ([^@\s]+)(?:@+(\S+))?$", text, re.M):
        yield match.groups(default="")


def check_shared(options):
    found = []
    exported = {name for kind, name, version in symbols(output(options.nm, "-D", "--defined-only", options.library))
                if name != VERSION_NODE}
    golden = set(Path(options.golden).read_text(encoding="utf-8").split())
    found += [f"exported, but not in the golden list: {n}" for n in sorted(exported - golden)]
    found += [f"in the golden list, but not exported: {n}" for n in sorted(golden - exported)]

    glibc = set()
    for kind, name, version in symbols(output(options.nm, "-D", "--undefined-only", options.library)):
        if version.startswith("GLIBC_"):
            glibc.add(tuple(int(n) for n in version[len("GLIBC_"):].split(".")))
        elif name not in WEAK:
            found.append(f"undefined, and not the C library's: {name} {version}")

    dynamic = output(options.readelf, "-d", "-W", options.library)
    found += [f"needs {n}" for n in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic) if not re.fullmatch(NEEDED, n)]
    if re.findall(r"\(SONAME\).*\[(.*)\]", dynamic) != ["libxybrid.so.0"]:
        found.append("SONAME is not libxybrid.so.0")
    if "TEXTREL" in dynamic or "(RPATH)" in dynamic or "(RUNPATH)" in dynamic:
        found.append("has text relocations or a run path")
    if glibc:
        print("the newest symbol that it needs of glibc is of GLIBC_" + ".".join(map(str, max(glibc))))
    print(f"{len(exported)} functions exported")
    return found


def check_static(options):
    names = [name for kind, name, version in symbols(output(options.nm, "-g", "--defined-only", options.library))]
    golden = set(Path(options.golden).read_text(encoding="utf-8").split())
    found = [f"defines {n}" for n in sorted(set(names)) if not re.match(r"xybrid_|xb_", n)]
    found += [f"defines an xybrid_* that is in no header: {n}" for n in sorted(set(names) - golden) if n.startswith("xybrid_")]
    found += [f"lacks {n}" for n in sorted(golden - set(names))]
    found += [f"defines {n} {names.count(n)} times" for n in sorted(set(names)) if names.count(n) > 1]
    print(f"{len(names)} names defined")
    return found


def main():
    parts = {"shared": check_shared, "static": check_static}
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("part", choices=parts)
    options.add_argument("--library", required=True)
    options.add_argument("--nm", default="nm")
    options.add_argument("--readelf", default="readelf")
    options.add_argument("--golden", default=str(GOLDEN))
    options = options.parse_args()
    found = parts[options.part](options)
    if found:
        print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
