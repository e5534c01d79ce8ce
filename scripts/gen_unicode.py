#!/usr/bin/env python3
"""Writes src/text/unicode_tables.c from the Unicode data in Python's unicodedata (run at development time only).

    python3 scripts/gen_unicode.py > src/text/unicode_tables.c     # the committed file: Python 3.13, Unicode 15.1.0
    python3 scripts/gen_unicode.py --golden                        # the constants of tests/unit/text_unicode.c

The layout of each table is described in src/text/unicode_int.h.
"""
import sys
import unicodedata as u

CODES = 0x110000
CATEGORIES = ("Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co").split()
EVEN_UPPER, ODD_UPPER = 30, 31  # runs of Lu Ll Lu Ll ...: the even, or the odd, code points are Lu
PAGED = 0x20000  # beyond, runs are long
HANGUL = range(0xAC00, 0xD7A4)


def is_scalar(code):
    return not 0xD800 <= code <= 0xDFFF


def category_runs():
    cat = [CATEGORIES.index(u.category(chr(c))) for c in range(CODES)]
    lu, ll = CATEGORIES.index("Lu"), CATEGORIES.index("Ll")
    runs, c = [], 0
    while c < CODES:
        end = c
        while end < CODES and cat[end] == cat[c]:
            end += 1
        alternating = c
        if cat[c] in (lu, ll):
            while alternating < CODES and cat[alternating] == (cat[c] if (alternating - c) % 2 == 0 else lu + ll - cat[c]):
                alternating += 1
        if alternating - c >= 3:
            upper_is_even = (c % 2 == 0) == (cat[c] == lu)
            runs.append((c, EVEN_UPPER if upper_is_even else ODD_UPPER))
            end = alternating
        elif not runs or runs[-1][1] != cat[c]:
            runs.append((c, cat[c]))
        c = end
    return runs


def category_tables():
    """Each page of 256 code points below PAGED: where its list begins, which is how many changes << 5 | the first category, then
    low 8 bits of the code << 5 | category for each change. Equal lists are one. Beyond: runs of first code << 5 | category."""
    runs = category_runs()
    pages, cells, lists, at = [], [], {}, 0
    for page in range(0, PAGED, 256):
        while runs[at + 1][0] <= page:
            at += 1
        changes = [(c & 255) << 5 | cat for c, cat in runs if page < c < page + 256]
        mine = (len(changes) << 5 | runs[at][1], *changes)
        if mine not in lists:
            lists[mine] = len(cells)
            cells += mine
        pages.append(lists[mine])
    first = max(i for i, (c, _) in enumerate(runs) if c <= PAGED)
    return pages, cells, [c << 5 | cat for c, cat in runs[first:]]


def combining_runs():
    runs, last = [], None
    for c in range(CODES):
        ccc = u.combining(chr(c))
        if ccc != last:
            runs.append(c << 8 | ccc)
            last = ccc
    return runs


def lower(code):
    """Lower case of one character without context, as a list: what a string of that character alone becomes, except that
    the final sigma has no say."""
    if not is_scalar(code) or code == 0x3A3:
        return [0x3C3] if code == 0x3A3 else [code]
    return [ord(ch) for ch in chr(code).lower()]


def lower_runs():
    pairs = [(c, lower(c)[0] - c) for c in range(CODES) if lower(c) != [c] and len(lower(c)) == 1]
    runs = []
    for c, delta in pairs:
        if runs:
            first, count, step, d = runs[-1]
            gap = c - (first + (count - 1) * step)
            if d == delta and (gap == step or (count == 1 and gap <= 2)):
                runs[-1] = (first, count + 1, gap, d)
                continue
        runs.append((c, 1, 1, delta))
    return runs


def decomposition_blocks(form):
    """[first code, [units of each code]]: codes without a gap between them whose decompositions have the same length."""
    blocks = []
    for c in range(CODES):
        if not is_scalar(c) or c in HANGUL:
            continue
        full = u.normalize(form, chr(c))
        if full == chr(c) or (form == "NFKD" and full == u.normalize("NFD", chr(c))):
            continue
        units = full.encode("utf-16-le")
        first, cells = blocks[-1] if blocks else (0, [])
        if cells and first + len(cells) == c and len(cells[0]) == len(units) and len(cells) < 255:
            cells.append(units)
        else:
            blocks.append((c, [units]))
    return blocks


RUN_BYTES = 8


def cut(pool, cells):
    """The cheapest cut of a block into runs that stand in the pool and runs that are new to it: (from, to) of each."""
    cost, before = [0] + [None] * len(cells), [0] * (len(cells) + 1)

    def offer(start, end, price):
        if cost[end] is None or cost[start] + price <= cost[end]:
            cost[end], before[end] = cost[start] + price, start

    for i in range(len(cells)):
        for j in range(i + 1, len(cells) + 1):
            offer(i, j, RUN_BYTES + len(cells[i]) * (j - i))
        for j in range(i + 1, len(cells) + 1):
            if find(pool, b"".join(cells[i:j])) < 0:
                break
            offer(i, j, RUN_BYTES)
    runs, end = [], len(cells)
    while end:
        runs.append((before[end], end))
        end = before[end]
    return runs[::-1]


def decompositions():
    """Runs (first, count, length, offset) of NFD, of NFKD, and the pool of units that both point into. Large blocks come first:
    small ones then find themselves in them (the letters in circles, squares and styles are the alphabet again)."""
    blocks = [(form, c, cells) for form, name in enumerate(("NFD", "NFKD")) for c, cells in decomposition_blocks(name)]
    pool, tables = bytearray(), ([], [])
    for form, c, cells in sorted(blocks, key=lambda b: -len(b[2]) * len(b[2][0])):
        for i, j in cut(pool, cells):
            units = b"".join(cells[i:j])
            offset = find(pool, units)
            if offset < 0:  # its beginning may be the pool's end
                shared = max(k for k in range(0, len(units), 2) if pool.endswith(units[:k]))
                offset = len(pool) - shared
                pool += units[shared:]
            tables[form].append((c + i, j - i, len(cells[0]) // 2, offset // 2))
    return sorted(tables[0]), sorted(tables[1]), [pool[i] | pool[i + 1] << 8 for i in range(0, len(pool), 2)]


def find(pool, units):
    at = pool.find(units)
    while at >= 0 and at % 2:
        at = pool.find(units, at + 1)
    return at


def compositions():
    out = []
    for c in range(CODES):
        d = u.decomposition(chr(c))
        if not d or d[0] == "<" or c in HANGUL:
            continue
        parts = [int(x, 16) for x in d.split()]
        if len(parts) == 2 and u.normalize("NFC", chr(parts[0]) + chr(parts[1])) == chr(c):
            out.append((parts[0], parts[1], c))
    out.sort()
    return [p for p in out if max(p) < 0x10000], [p for p in out if max(p) >= 0x10000]


def put(ctype, name, cells, shape="[]"):
    print(f"\nconst {ctype} {name}{shape} = {{")
    line = "   "
    for cell in cells:
        if len(line) + len(cell) + 2 > 128:
            print(line)
            line = "   "
        line += " " + cell + ","
    print(line)
    print("};")


def main():
    pages, lists, runs = category_tables()
    ccc = combining_runs()
    low = lower_runs()
    canon, compat, pool = decompositions()
    narrow, wide = compositions()
    size = 4 * len(runs) + 2 * len(pages) + 2 * len(lists) + 4 * len(ccc) + 12 * len(low) + 8 * (len(canon) + len(compat)) + 2 * len(pool)
    size += 6 * len(narrow) + 12 * len(wide)
    assert len(pool) < 0x10000 and size <= 44 * 1024, size
    print(f"/* text/unicode_tables.c - made by scripts/gen_unicode.py from Unicode {u.unidata_version}: {size} bytes of tables.")
    print(" * Do not edit; the layout is in unicode_int.h. */")
    print("/* clang-format off */")
    print('#include "text/unicode_int.h"')
    put("uint32_t", "xb_unicode_category_runs", [f"{r:#x}" for r in runs])
    put("uint16_t", "xb_unicode_category_pages", [str(p) for p in pages])
    put("uint16_t", "xb_unicode_category_lists", [f"{x:#x}" for x in lists])
    put("uint32_t", "xb_unicode_combining_runs", [f"{r:#x}" for r in ccc])
    put("xb_lower_run", "xb_unicode_lower_runs", [f"{{{f:#x}, {d}, {n}, {s}}}" for f, n, s, d in low])
    for name, table in (("canonical", canon), ("compatible", compat)):
        put("xb_decomposition_run", f"xb_unicode_{name}_runs", [f"{{{c:#x}, {o}, {n}, {k}}}" for c, n, k, o in table])
    put("uint16_t", "xb_unicode_decomposition_units", [f"{x:#x}" for x in pool])
    put("uint16_t", "xb_unicode_compositions", ["{%#x, %#x, %#x}" % p for p in narrow], "[][3]")
    put("uint32_t", "xb_unicode_wide_compositions", ["{%#x, %#x, %#x}" % p for p in wide], "[][3]")
    for name, table in (("category_run", runs), ("combining_run", ccc), ("lower_run", low), ("canonical_run", canon),
                        ("compatible_run", compat), ("composition", narrow), ("wide_composition", wide)):
        print(f"\nconst int xb_unicode_{name}_count = {len(table)};" if name == "category_run" else
              f"const int xb_unicode_{name}_count = {len(table)};")


class Hash:
    """FNV-1a, 64 bits, over little-endian 32-bit numbers."""

    def __init__(self):
        self.h = 0xCBF29CE484222325

    def add(self, number):
        for shift in (0, 8, 16, 24):
            self.h = ((self.h ^ (number >> shift & 0xFF)) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF


def random_strings():
    """The strings that tests/unit/text_unicode.c makes too: 4,000 of 1 to 16 characters, chosen to reorder and compose."""
    state = 12345
    pools = ((0x41, 0x5B), (0xC0, 0x250), (0x300, 0x370), (0x300, 0x370), (0x1100, 0x1200), (0xAC00, 0xD7A4),
             (0x900, 0xE00), (0x1E00, 0x2000), (0x11000, 0x11400), (0xF900, 0x10000), (0x1D100, 0x1D800), (0x20, 0x110000))
    for _ in range(4000):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        codes = []
        for _ in range(1 + (state >> 16) % 16):
            state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
            low, high = pools[(state >> 24) % len(pools)]
            state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
            code = low + (state >> 8) % (high - low)
            codes.append(code if is_scalar(code) else 0x41)
        yield "".join(map(chr, codes))


def golden():
    h = Hash()
    for c in range(CODES):
        h.add(CATEGORIES.index(u.category(chr(c))))
    print(f"category   0x{h.h:016x}")
    h = Hash()
    for c in range(CODES):
        h.add(u.combining(chr(c)))
    print(f"combining  0x{h.h:016x}")
    h = Hash()
    for c in range(CODES):
        for x in lower(c) if is_scalar(c) else [c]:
            h.add(x)
    print(f"lower      0x{h.h:016x}")
    for form in ("NFD", "NFC", "NFKD", "NFKC"):
        h = Hash()
        for c in filter(is_scalar, range(CODES)):
            for ch in u.normalize(form, chr(c)):
                h.add(ord(ch))
        every = h.h
        h = Hash()
        for text in random_strings():
            for ch in u.normalize(form, text):
                h.add(ord(ch))
        print(f"{form:10} 0x{every:016x} 0x{h.h:016x}")


golden() if sys.argv[1:] == ["--golden"] else main()
