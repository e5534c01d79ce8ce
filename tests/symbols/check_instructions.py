#!/usr/bin/env python3
"""Only the files of an instruction set hold its instructions:

    python3 check_instructions.py LIBRARY [--objdump OBJDUMP] [--nm NM]

Disassembles every object of a static library of x86-64 or arm64 ELF. What is beyond the architecture's first instructions may
stand in src/kernel/isa_*.c alone, each with what src/CMakeLists.txt gives it, and these files define tables, no functions
that others could call without a look at the processor. A set that is found nowhere is an error as well: then this script
does not read what it thinks it reads. Intel SDM vol. 2 and Arm's ARM (DDI 0487) name the instructions.
"""
import argparse
import re
import subprocess
import sys

SSE4 = (r"addsubp[sd]|h(add|sub)p[sd]|lddqu|mov(ddup|shdup|sldup)|fisttp\w*|pshufb|ph(add|sub)\w+|pmaddubsw|pmulhrsw|psign[bwd]|"
        r"pabs[bwd]|palignr|p?blend\w+|dpp[sd]|(extract|insert)ps|mpsadbw|packusdw|pcmp(eqq|gtq|estr\w+|istr\w+)|"
        r"p(extr|insr)[bdq]|phminposuw|p(max|min)(s[bd]|u[dw])|pmov[sz]x\w+|pmul(dq|ld)|ptest|round[sp][sd]|crc32\w*|movntdqa|"
        r"popcntw?")  # SSE3, SSSE3, SSE4.1, SSE4.2
BMI = r"andn|bextr|bls\w+|bzhi|lzcnt\w*|movbe\w*|mulx|pdep|pext|rorx|s[ah][rl]x"  # tzcnt is bsf where it is not known
X86 = {  # in this order; the first that fits an instruction is its set
    "avx512vnni": re.compile(r"(\{\w+\}\s*)?vpdp(bu|ws)sds?\b"),
    "avx512": re.compile(r"v\w+\s.*(zmm|%[xy]mm(1[6-9]|2\d|3[01])|%k[0-7]|\{)|"
                         r"k(and|or|not|mov|xor|test|unpck|shift|xnor|add)\w*\s"),
    "avx2": re.compile(r"v[a-z]"),
    "bmi": re.compile(rf"({BMI})\b"),
    "sse4": re.compile(rf"({SSE4})\b"),
}
ARM64 = {
    "neondot": re.compile(r"[su]dot\b"),
    "later": re.compile(r"(usdot|sudot|[us]mmla|usmmla|bfmmla|bfdot|ldadd\w*|swp\w*|casp?\w*)\b|"
                        r"f\w+\s+(h\d+|v\d+\.[48]h), (h\d+|v\d+\.[48]h)"),
}
SETS = {"x86-64": X86, "aarch64": ARM64}
ALLOWED = {  # what stands where
    "isa_sse4": {"sse4"},
    "isa_avx2": {"avx2"},
    "isa_avx512": {"avx2", "avx512"},
    "isa_avx512vnni": {"avx2", "avx512", "avx512vnni"},
    "isa_neondot": {"neondot"},
}
OTHERS = {"wuffs_decoders": {"sse4", "avx2", "bmi"}}  # Wuffs asks cpuid itself, before each of its functions that has them


def lines(*command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield from process.stdout
    if process.returncode:
        sys.exit(f"{command[0]} failed")


def read_instructions(options):
    """(architecture, {file: {set: (count, an example)}})"""
    found, sets, member, architecture = {}, {}, "", ""
    for line in lines(options.objdump, "-d", "--no-show-raw-insn", options.library):
        head = re.match(r"(.+?):\s+file format elf64-(x86-64|littleaarch64)", line)
        if head:
            member = re.sub(r"(\.c)?\.(o|obj)$", "", head[1].rsplit("/", 1)[-1])
            architecture = "x86-64" if head[2] == "x86-64" else "aarch64"
            sets = SETS[architecture]
            found.setdefault(member, {})
            continue
        code = re.match(r"\s+[0-9a-f]+:\s+(\S.*)", line)
        if not code:
            continue
        for name, pattern in sets.items():
            if pattern.match(code[1]):
                count, example = found[member].get(name, (0, code[1]))
                found[member][name] = (count + 1, example)
                break
    return architecture, found


def functions_of_sets(options):
    """(file, function) that a file of an instruction set shows to others."""
    member = ""
    for line in lines(options.nm, "-g", "--defined-only", options.library):
        head = re.match(r"(\w+)(\.c)?\.(o|obj):", line)
        if head:
            member = head[1]
        match = re.match(r"[0-9a-f]+ T (\w+)", line)
        if match and member in ALLOWED:
            yield member, match[1]


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("library")
    options.add_argument("--objdump", default="objdump")
    options.add_argument("--nm", default="nm")
    options = options.parse_args()
    architecture, found = read_instructions(options)
    wrong = []
    for member, sets in sorted(found.items()):
        for name, (count, example) in sets.items():
            if name not in ALLOWED.get(member, OTHERS.get(member, ())):
                wrong.append(f"{member}: {count} instructions of {name}, the first: {example}")
    for member, allowed in ALLOWED.items():
        mine = allowed & set(SETS.get(architecture, ()))
        if mine and not all(found.get(member, {}).get(name) for name in mine):
            wrong.append(f"{member}: no instructions of {', '.join(sorted(mine - set(found.get(member, {}))))}")
    wrong += [f"{member}: the function {name} is seen by others" for member, name in functions_of_sets(options)]
    print(f"{len(found)} objects of {architecture or 'no known architecture'}")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
