"""Writes numbers as C arrays that a unit test includes: tests/golden/<name>.inc. No third-party package needed."""
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden"


def noise(count, seed=1):
    """Bytes 0..255, the same as noise() in the tests."""
    out, x = [], seed
    for _ in range(count):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(x >> 16 & 255)
    return out


def number(v):
    if isinstance(v, int):
        return str(v)
    text = "%.9g" % v
    if text in ("inf", "-inf", "nan"):
        return {"inf": "INFINITY", "-inf": "-INFINITY", "nan": "NAN"}[text]
    return text + ("f" if "." in text or "e" in text else ".0f")


class Writer:
    def __init__(self, name, versions):
        self.path = FOLDER / (name + ".inc")
        self.lines = ["/* Made by scripts/golden/%s.py with %s. Do not edit. */" % (name, versions)]

    def array(self, ctype, name, values):
        values = [number(v) for v in values]
        self.lines.append("static const %s %s[%d] = {" % (ctype, name, len(values)))
        line = "   "
        for v in values:
            if len(line) + len(v) > 126:
                self.lines.append(line)
                line = "   "
            line += " " + v + ","
        self.lines += [line, "};"]

    def text(self, line):
        self.lines.append(line)

    def close(self):
        self.path.write_text("\n".join(self.lines) + "\n")
        print(self.path, len(self.lines), "lines")
