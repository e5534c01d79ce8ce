#!/usr/bin/env python3
"""Chat templates rendered by jinja2 in the environment that transformers gives them (utils/chat_template_utils.py, 5.23.0).

    python3 -m venv v && v/bin/pip install jinja2==3.1.6
    v/bin/python scripts/golden/chat_templates.py features                          > tests/golden/chat/features.json
    v/bin/python scripts/golden/chat_templates.py wild data=../shared/data/chat-templates llama.cpp=build/deps/llama-tests/templates \
        build/models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf                   > tests/golden/chat/wild.json
    v/bin/python scripts/golden/chat_templates.py show FILE.jinja CONTEXT_INDEX

features: the templates of tests/golden/chat/features.py, each with its own variables and its output or its refusal.
wild: every template of the folders (label=folder) and of a GGUF file with every context; the outputs as the first 16 digits of their SHA-256, null where
jinja2 refuses. The templates themselves belong to their publishers and are not committed; their own sums are.
"""
import datetime
import hashlib
import json
import os
import struct
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

HERE = os.path.dirname(os.path.abspath(__file__))
NOW = 1783260189  # 2026-07-05 14:03:09 UTC


class Generation(jinja2.ext.Extension):
    """{% generation %}: its body is rendered in a scope of its own."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


class Dict:
    def __call__(self, *args, **kwargs):
        return dict(*args, **kwargs)


class Namespace(jinja2.utils.Namespace):
    def __init__(*args, **kwargs):
        attributes = dict(*args[1:], **kwargs)
        for name in attributes:
            Namespace.check(name)
        jinja2.utils.Namespace.__init__(args[0], attributes)

    def __setitem__(self, name, value):
        Namespace.check(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def check(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError(name)


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def strftime_now(pattern):
        return datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc).replace(tzinfo=None).strftime(pattern)

    env = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                                       extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals.update(raise_exception=raise_exception, strftime_now=strftime_now, dict=Dict(), namespace=Namespace)
    return env


def render(text, variables):
    """The output, or None and the refusal."""
    try:
        return environment().from_string(text).render(**json.loads(json.dumps(variables))), None
    except Exception as why:  # any of Python's
        return None, "%s: %s" % (type(why).__name__, why)


# ---- contexts of the templates in the wild ----

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "Get the current weather in a \"place\" <now> & then",
    "parameters": {"type": "object", "properties": {
        "location": {"type": "string", "description": "The city, e.g. Zürich"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "default": 3}}, "required": ["location"]}}}
NESTED = {"type": "function", "function": {
    "name": "book", "description": "Books.\nTwo lines.",
    "parameters": {"type": "object", "properties": {
        "guests": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "age": {"type": ["integer", "null"], "description": "years"}}, "required": ["name"]}},
        "price": {"type": "number", "minimum": 0.5}, "flag": {"type": "boolean"}, "any": {}}, "required": ["guests", "price"]},
    "return": {"type": "object", "properties": {"id": {"type": "string"}}}}}
TOOLS = [WEATHER, NESTED]


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return dict({"role": "assistant", "content": text}, **more)


def call(name, arguments, id="abc123456"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


SYSTEM = {"role": "system", "content": "You are terse.\n"}
CALLED = [user("Weather in Bern?"), assistant(None, tool_calls=[call("get_weather", {"location": "Bern", "days": 2, "deep": {"a": [1, 2.5, None, True]}})])]
RESULT = {"role": "tool", "name": "get_weather", "tool_call_id": "abc123456", "content": "{\"degrees\": 21.5}"}
PARTS = {"role": "user", "content": [{"type": "text", "text": "What is "}, {"type": "image"}, {"type": "text", "text": "this?"}]}
CONTEXTS = [
    {"messages": [user("Hi")], "add_generation_prompt": True},
    {"messages": [user("Hi")], "add_generation_prompt": False},
    {"messages": [SYSTEM, user("Hi there ")], "add_generation_prompt": True},
    {"messages": [SYSTEM, user("Hi"), assistant("Hello!"), user(" Bye \n"), assistant("  See you.\n")], "add_generation_prompt": False},
    {"messages": [user("a"), assistant("b"), user("c"), assistant("d"), user("e")], "add_generation_prompt": True},
    {"messages": [], "add_generation_prompt": True},
    {"messages": [user("")], "add_generation_prompt": True},
    {"messages": [user("naïve 日本語 🙂 \t\"quoted\" 'single' \\ <b> &amp; {{ x }} {% y %}"), assistant("ÄÖÜ ß \u2028 end")], "add_generation_prompt": True},
    {"messages": [user("Hi")], "add_generation_prompt": True, "enable_thinking": True},
    {"messages": [user("Hi")], "add_generation_prompt": True, "enable_thinking": False},
    {"messages": [user("Hi"), assistant("<think>\nhm\n</think>\n\nHello"), user("More")], "add_generation_prompt": True, "enable_thinking": True},
    {"messages": [user("Hi"), assistant("Hello", reasoning_content="I think."), user("More"), assistant("Yes", reasoning_content="Again.", thinking="Again.")],
     "add_generation_prompt": False},
    {"messages": [SYSTEM, user("Weather in Bern?")], "tools": TOOLS, "add_generation_prompt": True},
    {"messages": CALLED + [RESULT], "tools": TOOLS, "add_generation_prompt": True},
    {"messages": [SYSTEM] + CALLED + [RESULT, assistant("21.5 degrees."), user("Thanks")], "tools": TOOLS, "add_generation_prompt": True},
    {"messages": [user("Twice"), assistant("On it.", tool_calls=[call("get_weather", {"location": "Bern"}), call("book", {"guests": [{"name": "A", "age": None}], "price": 1e20, "flag": False}, "def123456")]),
                  RESULT, {"role": "tool", "name": "book", "tool_call_id": "def123456", "content": "done"}], "tools": [WEATHER], "add_generation_prompt": True},
    {"messages": [user("As text"), assistant("", tool_calls=[call("get_weather", "{\"location\": \"Bern\"}")]), RESULT], "tools": [WEATHER], "add_generation_prompt": True},
    {"messages": [PARTS], "add_generation_prompt": True},
    {"messages": [{"role": "system", "content": [{"type": "text", "text": "Be kind."}]}, PARTS, {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]}],
     "add_generation_prompt": True},
    {"messages": [user("a"), user("b")], "add_generation_prompt": True},
    {"messages": [assistant("first")], "add_generation_prompt": True},
    {"messages": [SYSTEM], "add_generation_prompt": True},
    {"messages": [{"role": "developer", "content": "Dev."}, user("Hi")], "add_generation_prompt": True},
    {"messages": [{"role": "narrator", "content": "Once"}, user("Hi")], "add_generation_prompt": True},
    {"messages": [user("Hi")], "documents": [{"title": "T1", "text": "Text one", "doc_id": 1}, {"title": "T2", "text": "Zwei"}], "add_generation_prompt": True},
    {"messages": [{"role": "user"}], "add_generation_prompt": True},
    {"messages": [{"role": "user", "content": None}, assistant("x")], "add_generation_prompt": True},
    {"messages": [user("Hi")], "tools": [], "add_generation_prompt": True, "reasoning_effort": "high", "builtin_tools": ["browser", "python"], "thinking": True},
    {"messages": [user("Hi /no_think")], "tools": [WEATHER], "add_generation_prompt": True, "xml_tools": [WEATHER], "date_string": "01 Jan 2026",
     "model_identity": "You are X.", "custom_tools": [NESTED], "tools_in_user_message": False},
]
for context in CONTEXTS:
    for name, value in (("tools", None), ("documents", None), ("bos_token", "<s>"), ("eos_token", "</s>")):
        context.setdefault(name, value)


# ---- templates ----

def gguf_template(path):
    """tokenizer.chat_template of a GGUF file (version 2 or 3, little-endian)."""
    with open(path, "rb") as f:
        def number(form):
            return struct.unpack("<" + form, f.read(struct.calcsize(form)))[0]

        def text():
            return f.read(number("Q"))

        def value(kind):
            if kind == 8:
                return text()
            if kind == 9:
                item, count = number("I"), number("Q")
                return [value(item) for _ in range(count)]
            return number({0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}[kind])

        assert f.read(4) == b"GGUF"
        number("I"), number("Q")
        for _ in range(number("Q")):
            key = text()
            found = value(number("I"))
            if key == b"tokenizer.chat_template":
                return found.decode()
    return None


def hashed(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def wild(places):
    templates = []
    for place in places:
        if place.endswith(".gguf"):
            templates.append(("gguf", os.path.basename(place), gguf_template(place)))
            continue
        label, folder = place.split("=")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".jinja"):
                with open(os.path.join(folder, name), newline="", encoding="utf-8") as f:
                    templates.append((label, name, f.read()))
    out = []
    for label, name, text in templates:
        outputs = [render(text, context)[0] for context in CONTEXTS]
        out.append({"from": label, "name": name, "sum": hashed(text), "outputs": [None if o is None else hashed(o) for o in outputs]})
    print('{"about": "made by scripts/golden/chat_templates.py with jinja2 %s", "now": %d,\n"contexts": [' % (jinja2.__version__, NOW))
    print(",\n".join(json.dumps(c, ensure_ascii=False) for c in CONTEXTS))
    print('],\n"templates": [')
    print(",\n".join(json.dumps(t, ensure_ascii=False) for t in out))
    print("]}")


def features():
    sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "golden", "chat"))
    sys.dont_write_bytecode = True
    import features as cases
    out = []
    for name, template, variables in cases.CASES:
        output, why = render(template, variables)
        own = {} if variables is cases.V else {"variables": variables}
        out.append({"name": name, "template": template, **own, "output": output, **({"refusal": why} if why else {})})
    print('{"about": "made by scripts/golden/chat_templates.py with jinja2 %s", "now": %d,\n"variables": %s,\n"cases": [' %
          (jinja2.__version__, NOW, json.dumps(cases.V, ensure_ascii=False)))
    print(",\n".join(json.dumps(c, ensure_ascii=False) for c in out))
    print("]}")


if __name__ == "__main__":
    if sys.argv[1] == "features":
        features()
    elif sys.argv[1] == "wild":
        wild(sys.argv[2:])
    else:
        with open(sys.argv[2], newline="", encoding="utf-8") as f:
            sys.stdout.write(str(render(f.read(), CONTEXTS[int(sys.argv[3])])))
