#!/usr/bin/env python3
"""Reads the public headers and writes what is made from them: src/api/abi_describe.c and tests/golden/symbols.txt.

    python3 scripts/gen_abi.py                # write both (at development time; the files are committed)
    python3 scripts/gen_abi.py --check        # say which of them is stale; the tests do this
    python3 scripts/gen_abi.py --json MODEL   # print the description for a data model: 64, 32 or i386

The parser knows the C of our headers and no more; anything else is an error with file and line. The layout of a struct is
computed for each data model, and the C file makes the compiler prove every number on every target.
"""
import difflib
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADERS = ROOT / "include" / "xybrid"
DESCRIBE_C = ROOT / "src" / "api" / "abi_describe.c"
SYMBOLS_TXT = ROOT / "tests" / "golden" / "symbols.txt"
COLUMNS = 128

NUMBERS = {"char": 1, "int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4, "float": 4,
           "int64_t": 8, "uint64_t": 8, "double": 8}


@dataclass(frozen=True)
class Model:
    name: str
    pointer_bytes: int
    int64_align: int  # inside a struct


MODELS = (Model("64", 8, 8), Model("32", 4, 8), Model("i386", 4, 4))


# ---- what a header declares -------------------------------------------------------------------------------------------------

@dataclass
class Signature:  # a function, a callback type, or a slot of a table
    name: str
    returns: str
    parameters: list  # of (type, name)
    nodiscard: bool = False


@dataclass
class Field:
    name: str
    type: str
    count: int = 0  # of an array; 0 = none
    slot: Signature | None = None


@dataclass
class Struct:
    name: str
    comment: str
    fields: list

    def kind(self):
        """The four kinds of base.h, where name, comment or content tells; None for plain data of the engine contract."""
        if re.search(r"\bfrozen\b", self.comment, re.I):
            return "frozen"
        if self.name.endswith("_options"):
            return "options"
        if re.search(r"\bA view\b", self.comment):
            return "view"
        return "table" if any(f.slot for f in self.fields) else None


@dataclass
class Enum:
    name: str  # of the type or the field that it is for; "" = constants by themselves
    values: dict


@dataclass
class Api:
    handles: list = field(default_factory=list)
    aliases: dict = field(default_factory=dict)
    structs: list = field(default_factory=list)
    enums: list = field(default_factory=list)
    callbacks: list = field(default_factory=list)
    functions: list = field(default_factory=list)

    def constant(self, name):
        return next(e.values[name] for e in self.enums if name in e.values)


# ---- parsing ----------------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"""(?P<comment>/\*.*?\*/)|(?P<directive>^[ ]*\#(?:\\\n|[^\n])*)|(?P<word>[A-Za-z_]\w*)
                     |(?P<number>0x[0-9a-f]+|\d+)|(?P<string>"C")|(?P<mark><<|[-|{}()\[\];,*=+])|(?P<space>\s+)""",
                   re.S | re.M | re.X)


class Parser:
    """One header into an Api. `comment` is the text of the comments since the last declaration."""

    def __init__(self, path, api):
        self.path, self.api = path, api
        self.tokens, self.at, self.comment = [], 0, ""
        self.read(path.read_text(encoding="utf-8"))

    def read(self, text):
        """Cuts into tokens. Declarations stand under no condition but the include guard; C++ alone sees extern "C"."""
        at, conditions = 0, []
        while at < len(text):
            match = TOKEN.match(text, at)
            line = text.count("\n", 0, at) + 1
            if not match:
                sys.exit(f"{self.path}:{line}: not the C of our headers: {text[at:at + 20]!r}")
            kind, token = match.lastgroup, match.group()
            at = match.end()
            if kind == "directive":
                word = token.replace("#", "", 1).split()[0]
                if word.startswith("if"):
                    conditions.append(token.split()[-1])
                elif word == "endif":
                    conditions.pop()
            elif kind != "space" and "__cplusplus" not in conditions:
                if kind != "comment" and len(conditions) != 1:
                    sys.exit(f"{self.path}:{line}: {token}: a declaration under a condition")
                self.tokens.append((kind, token, line))

    def peek(self):
        while self.at < len(self.tokens) and self.tokens[self.at][0] == "comment":
            self.comment += self.tokens[self.at][1]
            self.at += 1
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def fail(self, wanted):
        found = self.peek()
        line = self.tokens[min(self.at, len(self.tokens) - 1)][2]
        sys.exit(f"{self.path}:{line}: found {found!r}, wanted {wanted}")

    def accept(self, token):
        if self.peek() != token:
            return False
        self.at += 1
        return True

    def expect(self, *tokens):
        for token in tokens:
            if not self.accept(token):
                self.fail(repr(token))

    def word(self):
        word = self.peek()
        if not re.fullmatch(r"[A-Za-z_]\w*", word):
            self.fail("a name")
        self.at += 1
        return word

    def stars(self, text):
        """Pointer marks after a base type, in one way of writing: `const char *const *`."""
        while self.accept("*"):
            text += "*" if text.endswith("*") else " *"
            if self.accept("const"):
                text += "const "
        return text.rstrip()

    def base(self):
        const = "const " if self.accept("const") else ""
        return const + self.word()

    def parameters(self):
        self.expect("(")
        if self.peek() == "void" and self.tokens[self.at + 1][1] == ")":
            self.expect("void", ")")
            return []
        found = []
        while not found or self.accept(","):
            found.append((self.stars(self.base()), self.word()))
        self.expect(")")
        return found

    def constant(self, known):
        """The value of an expression of numbers, names, | << + - and brackets."""
        text = ""
        while self.peek() not in (",", "}"):
            token = self.peek()
            self.at += 1
            text += str(known[token]) if token in known else f" {token} "
        if not re.fullmatch(r"(?:0x[0-9a-f]+|\d+|[-+|() ]|<<)+", text):
            self.fail(f"a constant expression before this (found {text.strip()!r})")
        return int(eval(text))  # numbers and operators alone; Python's rank of these operators is C's

    def parse(self):
        while self.peek():
            if self.peek() == "typedef":
                self.typedef()
            elif self.accept("enum"):
                self.enum()
            else:
                self.function()
            self.comment = ""

    def typedef(self):
        self.expect("typedef")
        if self.accept("struct"):
            name = self.word()
            if self.accept("{"):
                self.struct(name)
            else:
                self.api.handles.append(name)
            self.expect(name, ";")
            return
        returns = self.stars(self.base())
        if self.accept("("):
            self.expect("*")
            name = self.word()
            self.expect(")")
            self.api.callbacks.append(Signature(name, returns, self.parameters()))
        else:
            self.api.aliases[self.word()] = returns
        self.expect(";")

    def struct(self, name):
        fields = []
        self.peek()
        comment = self.comment
        while not self.accept("}"):
            base = self.base()
            while True:
                kind = self.stars(base)
                if self.accept("("):
                    self.expect("*")
                    slot = self.word()
                    self.expect(")")
                    fields.append(Field(slot, "", slot=Signature(slot, kind, self.parameters())))
                else:
                    fields.append(Field(self.word(), kind))
                    if self.accept("["):
                        fields[-1].count = int(self.word_or_number())
                        self.expect("]")
                if not self.accept(","):
                    break
            self.expect(";")
        self.api.structs.append(Struct(name, comment, fields))

    def word_or_number(self):
        token = self.peek()
        self.at += 1
        return token

    def enum(self):
        """The name is that of the alias just before, or the first word after the brace: `enum { /* struct.field */`."""
        before = [token for _, token, _ in self.tokens[max(0, self.at - 3):self.at]]
        alias = before[0] if before[0] in self.api.aliases and before[1] == ";" else None
        self.expect("{")
        self.comment = ""
        self.peek()
        owner = re.match(r"/\*\s*(\w+\.\w+)", self.comment)
        known = {k: v for e in self.api.enums for k, v in e.values.items()}
        values = {}
        while True:
            name = self.word()
            self.expect("=")
            values[name] = known[name] = self.constant(known)
            if not self.accept(",") or self.peek() == "}":
                break
        self.expect("}", ";")
        self.api.enums.append(Enum(alias or (owner.group(1) if owner else ""), values))

    def function(self):
        nodiscard = self.accept("XYBRID_NODISCARD")
        self.expect("XYBRID_API")
        returns = self.stars(self.base())
        name = self.word()
        self.api.functions.append(Signature(name, returns, self.parameters(), nodiscard))
        self.expect(";")


def parse_headers():
    """All headers, those of xybrid.h in its order, the rest behind them."""
    names = re.findall(r'^#include "(\w+\.h)"', (HEADERS / "xybrid.h").read_text(encoding="utf-8"), re.M)
    names += sorted(p.name for p in HEADERS.glob("*.h") if p.name not in names and p.name != "xybrid.h")
    api = Api()
    for name in names:
        Parser(HEADERS / name, api).parse()
    check_types(api)
    return api


def check_types(api):
    """Every type that crosses the door is void, fixed-width, char, float, or declared by a header."""
    own = set(api.handles) | set(api.aliases) | {s.name for s in api.structs} | {c.name for c in api.callbacks}
    signatures = api.functions + api.callbacks + [f.slot for s in api.structs for f in s.fields if f.slot]
    used = [(c.name, t) for c in signatures for t in [c.returns] + [p[0] for p in c.parameters]]
    used += [(f"{s.name}.{f.name}", f.type) for s in api.structs for f in s.fields if not f.slot] + list(api.aliases.items())
    for where, text in used:
        base = text.replace("const", " ").replace("*", " ").strip()
        if base not in own and base not in NUMBERS and not (base == "void" and (("*" in text) or "." not in where)):
            sys.exit(f"{where}: type {text!r} does not cross the door")


# ---- layout -----------------------------------------------------------------------------------------------------------------

def size_align(api, model, text):
    if text.endswith("*") or text == "" or any(c.name == text for c in api.callbacks):
        return model.pointer_bytes, model.pointer_bytes
    text = api.aliases.get(text, text)
    if text in NUMBERS:
        size = NUMBERS[text]
        return size, model.int64_align if size == 8 else size
    struct = next(s for s in api.structs if s.name == text)
    size, align, _ = layout(api, model, struct)
    return size, align


def layout(api, model, struct):
    """Size, alignment, and (offset, size) of each field, as every C compiler of the model lays them out."""
    at, widest, places = 0, 1, []
    for f in struct.fields:
        size, align = size_align(api, model, f.type)
        at = -(-at // align) * align
        places.append((at, size * (f.count or 1)))
        at += places[-1][1]
        widest = max(widest, align)
    return -(-at // widest) * widest, widest, places


# ---- writing ----------------------------------------------------------------------------------------------------------------

def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def signature(s):
    return {"returns": s.returns, "parameters": [list(p) for p in s.parameters]}


def describe(api, model):
    """The description in pieces, one for each line of the C file; joined they are the JSON text."""
    def members(key, items):
        return [f'"{key}":{{'] + separated([f"{compact(n)}:{compact(i)}" for n, i in items]) + ["},"]

    def separated(texts):
        return [t + "," for t in texts[:-1]] + texts[-1:]

    def fields(struct, places):
        for f, (offset, size) in zip(struct.fields, places):
            kind = signature(f.slot) if f.slot else {"type": f.type}
            count = {"count": f.count} if f.count else {}
            yield f"{compact(f.name)}:" + compact({"offset": offset, "size": size, **kind, **count})

    lines = [f'{{"abi":{api.constant("XYBRID_ABI_VERSION")},"engine_abi":{api.constant("XYBRID_ENGINE_ABI")},'
             f'"pointer_bytes":{model.pointer_bytes},"int64_align":{model.int64_align},', '"structs":{']
    for s in api.structs:
        size, align, places = layout(api, model, s)
        kind = {"kind": s.kind()} if s.kind() else {}
        lines.append(f"{compact(s.name)}:" + compact({**kind, "size": size, "align": align})[:-1] + ',"fields":{')
        lines += separated(list(fields(s, places)))
        lines[-1] += "}}" if s is api.structs[-1] else "}},"
    lines.append("},")
    lines += members("enums", [(e.name, e.values) for e in api.enums if e.name])
    lines += members("constants", [(n, v) for e in api.enums if not e.name for n, v in e.values.items()])
    lines += members("types", api.aliases.items())
    lines.append(f'"handles":{compact(api.handles)},')
    lines += members("callbacks", [(c.name, signature(c)) for c in api.callbacks])
    lines += members("functions", [(f.name, signature(f)) for f in api.functions])
    lines[-1] = "}}"
    return lines


def by_model(numbers):
    return str(numbers[0]) if len(set(numbers)) == 1 else f"N({', '.join(map(str, numbers))})"


CODES = [*range(0x80, 0x100), *range(1, 0x20)]  # what no JSON text of ours contains


def merged(variants):
    """The text of all data models as one list: characters, and a tuple for each number that depends on the model."""
    cut = [re.split(r"(?<=:)(\d+)", v) for v in variants]
    assert len({tuple(c[::2]) for c in cut}) == 1, variants
    units = []
    for i, parts in enumerate(zip(*cut)):
        units += parts[0] if i % 2 == 0 or len(set(parts)) == 1 else [parts]
    return units


def pack(units):
    """Byte-pair encoding (P. Gage, "A New Algorithm for Data Compression", C Users Journal 12(2), 1994): the most frequent
    pair of neighbours becomes a code, again and again; the codes' pairs are the table. Of equals the pair seen first counts."""
    table = []
    for code in CODES:
        pairs, at = Counter(), 0
        while at + 1 < len(units):
            pair = (units[at], units[at + 1])
            if not any(isinstance(u, tuple) for u in pair):
                pairs[pair] += 1
                if pair[0] == pair[1] and units[at + 1:at + 3] == [pair[0]] * 2:
                    at += 1  # of three equals, two are a pair
            at += 1
        best = max(pairs, key=pairs.get)
        table.append(best)
        packed, at = [], 0
        while at < len(units):
            if tuple(units[at:at + 2]) == best:
                packed.append(code)
                at += 2
            else:
                packed.append(units[at])
                at += 1
        units = packed
    return units, table


def c_text(units):
    """Packed text as C: literals with octal escapes, and T(...) in the place of numbers that depend on the data model."""
    lines, line, is_open = [], "    ", False
    for u in units:
        if isinstance(u, tuple):
            line += ('" ' if is_open else " ") + f"T({', '.join(u)}) "
        else:
            line += ("" if is_open else '"') + (f"\\{u:03o}" if isinstance(u, int) else json.dumps(u)[1:-1])
        is_open = not isinstance(u, tuple)
        if len(line) > COLUMNS - 24:  # room for a whole T(...)
            lines.append(line.rstrip() + ('"' if is_open else ""))
            line, is_open = "    ", False
    return "\n".join(lines + ([line + ('"' if is_open else "")] if line.strip() else []))


def c_table(table):
    def cell(u):
        return str(u) if isinstance(u, int) else "'\\''" if u == "'" else f"'{u}'"

    lines = [", ".join(f"{{ {cell(a)}, {cell(b)} }}" for a, b in table[i:i + 7]) for i in range(0, len(table), 7)]
    return ",\n".join("    " + line for line in lines)


def describe_c(api):
    texts = ["".join(describe(api, m)) for m in MODELS]
    for text in texts:
        json.loads(text)
    units, table = pack(merged(texts))
    proofs = []
    for s in api.structs:
        laid = [layout(api, m, s) for m in MODELS]
        proofs.append(f"SIZE({s.name}, {by_model([x[0] for x in laid])}, {by_model([x[1] for x in laid])});")
        for i, f in enumerate(s.fields):
            offset, size = by_model([x[2][i][0] for x in laid]), by_model([x[2][i][1] for x in laid])
            proofs.append(f"FIELD({s.name}, {f.name}, {offset}, {size});")
    values = [f"VALUE({name}, {value});" for e in api.enums for name, value in e.values.items()]
    return f"""/* api/abi_describe.c - made by scripts/gen_abi.py from the public headers. Do not edit.
 *
 * xybrid_abi_describe, and the proof by the compiler of every number in it. Its form:
 *
 *     "structs":   {{"xybrid_view": {{"kind": "view", "size": 112, "align": 8,        kind: options, view, frozen or table
 *                      "fields": {{"rank": {{"offset": 48, "size": 4, "type": "int32_t"}}, ...}}}}, ...}}      arrays: + "count"
 *     "enums":     {{"xybrid_kind": {{"XYBRID_TEXT": 1, ...}}, "xybrid_run_options.flags": {{...}}, ...}}
 *     "functions": {{"xybrid_envelope_key": {{"returns": "const char *",
 *                      "parameters": [["const xybrid_envelope *", "envelope"], ["int32_t", "index"]]}}, ...}}
 *     "callbacks" and slots of tables as functions; "types": {{"xybrid_kind": "int32_t", ...}}; "handles": [names];
 *     "constants": {{"XYBRID_AUTO": -1, ...}}; "abi", "engine_abi", "pointer_bytes", "int64_align": numbers */
#include <xybrid/engine.h>
#include <xybrid/xybrid.h>

#include "base/atomic.h"
#include "plat/thread.h"

// clang-format off
// NOLINTBEGIN(bugprone-sizeof-expression): the sizes of pointers are wanted

/* N: pointers of 64 bits; of 32 bits; of 32 bits with int64_t aligned to 4 in structs (i386, but not on Windows). */
#if UINTPTR_MAX > 0xffffffff
#  define N(model_64, model_32, model_i386) model_64
#elif defined(__i386__) && !defined(_WIN32)
#  define N(model_64, model_32, model_i386) model_i386
#else
#  define N(model_64, model_32, model_i386) model_32
#endif
#define TEXT(number) #number
#define T(model_64, model_32, model_i386) N(TEXT(model_64), TEXT(model_32), TEXT(model_i386))

#define SIZE(type, bytes, align) _Static_assert(sizeof(type) == (bytes) && _Alignof(type) == (align), "size of " #type)
#define FIELD(type, field, offset, bytes) \\
    _Static_assert(offsetof(type, field) == (offset) && sizeof(((type *)0)->field) == (bytes), "place of " #type "." #field)
#define VALUE(name, number) _Static_assert((name) == (number), "value of " #name)

{chr(10).join(proofs)}

{chr(10).join(values)}

// NOLINTEND(bugprone-sizeof-expression)

#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC diagnostic ignored "-Woverlength-strings"
#endif

/* The text is four times as long. A byte from 0x80 on, then those from 1 to 0x1f, stand each for two others: the next row of
 * pairs. All the rest are themselves. */
static const uint8_t pairs[][2] = {{
{c_table(table)}
}};

static const char packed[] =
{c_text(units)};

enum {{ TEXT_BYTES = N({', '.join(str(len(t) + 1) for t in texts)}) }};
static char text[TEXT_BYTES];

/* The bytes of one byte, behind `used`. */
static size_t unpack(uint8_t byte, size_t used) {{
    size_t row = byte >= 0x80 ? byte - 0x80u : byte < 0x20 ? byte + 0x7fu : sizeof pairs;
    if (row < sizeof pairs / sizeof pairs[0]) return unpack(pairs[row][1], unpack(pairs[row][0], used));
    if (used < TEXT_BYTES - 1) text[used] = (char)byte;
    return used + 1;
}}

const char *xybrid_abi_describe(void) {{
    static xb_atomic32 state; /* 0: no text yet; 1: a thread writes it; 2: there it is */
    int32_t            none = 0;
    if (xb_atomic_get(&state) != 2 && atomic_compare_exchange_strong(&state, &none, 1)) {{
        size_t used = 0;
        for (const char *p = packed; *p; p++) used = unpack((uint8_t)*p, used);
        xb_atomic_set(&state, 2);
    }}
    while (xb_atomic_get(&state) != 2) xb_thread_yield();
    return text;
}}
"""


def symbols_txt(api):
    return "".join(sorted(f.name + "\n" for f in api.functions))


def main(arguments):
    api = parse_headers()
    if arguments[:1] == ["--json"] and arguments[1:] in [[m.name] for m in MODELS]:
        print("".join(describe(api, next(m for m in MODELS if m.name == arguments[1]))))
        return 0
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    stale = 0
    for path, text in ((DESCRIBE_C, describe_c(api)), (SYMBOLS_TXT, symbols_txt(api))):
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        if found == text:
            continue
        if not arguments:
            path.write_text(text, encoding="utf-8")
            continue
        stale = 1
        name = str(path.relative_to(ROOT))
        print(f"{name} is stale; python3 scripts/gen_abi.py writes it anew. It would change:")
        print("\n".join(list(difflib.unified_diff(found.split("\n"), text.split("\n"), name, "made now", n=0, lineterm=""))[:40]))
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
