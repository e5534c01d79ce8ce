#!/usr/bin/env python3
"""The promises of include/xybrid/: python3 check_headers.py PART [--cc C_COMPILER] [--cxx CPP_COMPILER] [--golden symbols.txt]

    c11        each header alone is C11 without a warning
    cpp17      and C++17
    msvc       and both for Windows' own compilers' target, by clang or zig
    rules      no banned type; every status must be looked at; every function is in the golden list
    nodiscard  a program that ignores a status does not compile
    abi        the files that scripts/gen_abi.py makes are current, and a changed header is noticed

Ends with 77 and a line SKIP if the part's compiler is not there.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
INCLUDE = ROOT / "include"
HEADERS = sorted((INCLUDE / "xybrid").glob("*.h"))
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}"]
C11, CPP17 = ["-x", "c", "-std=c11"], ["-x", "c++", "-std=c++17"]
BANNED = r"\b(size_t|ptrdiff_t|long|short|unsigned|bool|_Bool|wchar_t|union)\b|\.\.\."
RETURNS_ITS_ARGUMENT = {"xybrid_error_set"}  # the only status that need not be looked at

sys.path.insert(0, str(ROOT / "scripts"))


def compile_text(command, text):
    """Exit status and messages of a compiler that reads `text`; its output is thrown away."""
    done = subprocess.run(command + ["-c", "-o", os.devnull, "-"], input=text, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stderr


def each_alone(name, command):
    """Also twice in one file: the guard holds. And a compiler that accepts everything is noticed."""
    bad = 0
    for header in HEADERS:
        include = f"#include <xybrid/{header.name}>\n"
        status, messages = compile_text(command, include * 2 + "int xybrid_is_not_empty;\n")
        if status != 0:
            print(f"{header.name} ({name}):\n{messages}")
            bad = 1
    status, _ = compile_text(command, "#include <xybrid/base.h>\nsize_t_is_no_type x;\n")
    if status == 0:
        print(f"{name}: {command[0]} accepts a type that does not exist")
        bad = 1
    return bad


def skip(reason):
    print(f"SKIP {reason}")
    return 77


def check_c11(options):
    return each_alone("C11", [options.cc] + C11 + STRICT)


def check_cpp17(options):
    if not options.cxx:
        return skip("headers_cpp17: no C++ compiler")
    return each_alone("C++17", [options.cxx] + CPP17 + STRICT)


def msvc_compiler():
    """The headers need nothing but <stddef.h> and <stdint.h>, which a freestanding compiler has itself."""
    zig = ROOT / "build" / "tools" / "ziglang" / "zig"
    if shutil.which("clang"):
        return ["clang", "--target=x86_64-pc-windows-msvc", "-ffreestanding"]
    return [str(zig), "cc", "-target", "x86_64-windows-msvc", "-ffreestanding"] if zig.exists() else None


def check_msvc(options):
    compiler = msvc_compiler()
    if not compiler:
        return skip("headers_msvc: neither clang nor zig (scripts/setup cross brings it)")
    return (each_alone("msvc, C11", compiler + C11 + STRICT) | each_alone("msvc, C++17", compiler + CPP17 + STRICT)
            | each_alone("msvc, making the library", compiler + C11 + STRICT + ["-DXYBRID_BUILD"]))


def code_alone(text):
    """Without comments and directives, line for line."""
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    return re.sub(r"^[ \t]*#.*$", "", text, flags=re.M)


def check_rules(options):
    import gen_abi
    found, functions = [], []
    for header in HEADERS:
        text = code_alone(header.read_text(encoding="utf-8"))
        for match in re.finditer(BANNED, text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{header.name}:{line}: {match.group()} does not cross the door")
        functions += re.findall(r"\bXYBRID_API\s[^;()]*?(\w+)\s*\(", text)
    for function in gen_abi.parse_headers().functions:
        wanted = function.returns == "xybrid_status" and function.name not in RETURNS_ITS_ARGUMENT
        if function.nodiscard != wanted:
            found.append(f"{function.name}: XYBRID_NODISCARD is {'missing' if wanted else 'not wanted'}")
    golden = Path(options.golden).read_text(encoding="utf-8").split("\n")[:-1]
    if golden != sorted(golden):
        found.append(f"{options.golden} is not sorted")
    found += [f"{f} is not in the golden list" for f in sorted(set(functions) - set(golden))]
    found += [f"{f} is in the golden list but in no header" for f in sorted(set(golden) - set(functions))]
    for example in ("size_t", "unsigned long", "long"):  # the search itself finds something
        assert re.search(BANNED, f"XYBRID_API int32_t xybrid_f({example} n);")
    print("\n".join(found + [f"{len(functions)} functions"]))
    return 1 if found else 0


def ignoring_program(functions):
    """A call of each function that ignores its result, one for each line."""
    lines = ["#include <xybrid/xybrid.h>", "#include <xybrid/engine.h>", "void ignore(void);", "void ignore(void) {"]
    for f in functions:
        zeros = ", ".join(f"({kind})0" for kind, _ in f.parameters)
        lines.append(f"    {f.name}({zeros});")
    return "\n".join(lines + ["}", ""])


def check_nodiscard(options):
    import gen_abi
    functions = [f for f in gen_abi.parse_headers().functions if f.returns == "xybrid_status"]
    text = ignoring_program(functions)
    bad = 0
    for name, command in (("C11", [options.cc] + C11), ("C++17", [options.cxx] + CPP17)):
        if not command[0]:
            print("SKIP headers_nodiscard: no C++ compiler for the second half")
            continue
        plain = command + [f"-I{INCLUDE}"]
        status, messages = compile_text(plain + ["-Wno-unused-result"], text)
        if status != 0:
            print(f"{name}: the program is wrong in itself:\n{messages}")
            return 1
        _, messages = compile_text(plain + ["-Wunused-result"], text)  # as warnings, of which there may be any number
        refused = {int(line) for line in re.findall(r"<stdin>:(\d+):\d+: warning: .*-Wunused-result", messages)}
        status, _ = compile_text(plain + ["-Werror=unused-result"], text)
        if status == 0:
            print(f"{name}: it compiles with -Werror=unused-result")
            bad = 1
        for f in functions:
            line = text[:text.index(f"    {f.name}(")].count("\n") + 1
            if (line in refused) == (f.name in RETURNS_ITS_ARGUMENT):
                print(f"{name}: ignoring the status of {f.name} is {'refused' if line in refused else 'accepted'}")
                bad = 1
        print(f"{name}: {len(refused)} of {len(functions)} calls refused")
    return bad


def check_abi(options):
    generator = [sys.executable, "scripts/gen_abi.py", "--check"]
    bad = subprocess.run(generator, cwd=ROOT).returncode
    changes = {  # in a copy: what must be noticed
        "a field added": ("runtime.h", "int64_t reserved[8];", "int64_t reserved[8];\n    int32_t more;"),
        "a value changed": ("base.h", "XYBRID_BUSY = 3", "XYBRID_BUSY = 15"),
        "a parameter changed": ("cancel.h", "xybrid_cancel_fire(xybrid_cancel *cancel)", "xybrid_cancel_fire(void *cancel)"),
        "a type that is not of fixed width": ("stream.h", "int64_t                number;", "long                number;"),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (header, old, new) in changes.items():
            copy = Path(folder) / name.replace(" ", "-")
            for part in ("include/xybrid", "scripts/gen_abi.py", "src/api/abi_describe.c", "tests/golden/symbols.txt"):
                target = copy / part
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, target)
            path = copy / "include" / "xybrid" / header
            text = path.read_text(encoding="utf-8")
            if old not in text:
                print(f"{header} no longer holds {old!r}: adapt this test")
                bad = 1
            path.write_text(text.replace(old, new), encoding="utf-8")
            if subprocess.run(generator, cwd=copy, capture_output=True).returncode == 0:
                print(f"not noticed: {name} in {header}")
                bad = 1
    return 1 if bad else 0


def main():
    parts = {"c11": check_c11, "cpp17": check_cpp17, "msvc": check_msvc, "rules": check_rules, "nodiscard": check_nodiscard,
             "abi": check_abi}
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("part", choices=parts)
    options.add_argument("--cc", default="cc")
    options.add_argument("--cxx", default="")
    options.add_argument("--golden", default=str(ROOT / "tests" / "golden" / "symbols.txt"))
    options = options.parse_args()
    return parts[options.part](options)


if __name__ == "__main__":
    sys.exit(main())
