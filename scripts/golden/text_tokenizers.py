#!/usr/bin/env python3
"""Makes tests/golden/text/: small tokenizers and what HuggingFace's library makes of some texts with them.

    pip install tokenizers==0.23.3
    python3 scripts/golden/text_tokenizers.py tests/golden/text ../shared/data

    bpe.json spm.json unknown.json wordpiece.json
                 the "model" part of a tokenizer.json, trained on the lines below or spelled out
    cases.json   [{name, model, parts, max_length, cases: [[text, add_special, parse_special, ids, decoded]]}]
                 `parts` is the rest of the tokenizer.json as text, to be put before "model"
    gguf.json    {"gpt-2": [[text, ids, starts, ends]], "bert-bge": ...}: the vocabularies of the shared data as HuggingFace
                 tokenizers; starts and ends are bytes
"""
import json
import random
import struct
import sys
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT, DATA = sys.argv[1], sys.argv[2]
CORPUS = ["Hello world, hello words! The quick brown fox jumps over the lazy dog's back, didn't it?",
          "Numbers 1 12 123 1234 and 3.14, e-mail me at a.b@c.de; we'll see you're there, I'm sure they've gone.",
          "Größe, naïve café, façade; привет мир; 日本語 テスト; 한국어; emoji 🙂🙂", "the the the and and of of to to in in is is it it"] * 3
SPLIT_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SPLIT_LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                r"|\s*[\r\n]+|\s+(?!\S)|\s+")
SPLIT_QWEN2 = SPLIT_LLAMA3.replace("{1,3}", "")

# ---- texts ----

FIXED = ["", " ", "  ", "Hello world", " Hello  World! ", "didn't WE'LL 'S 'ſ", "1234567 3.14", "line\r\n\r\n  next\t\ttab \n",
         "naïve café e\u0301\u0323 Größe İI", "日本語テスト한국어", "👩‍👩‍👧🙂 \u200b\ufeff", "a\u0000b\u0007c\ufffdd\u00a0e\u3000f", "x" * 101,
         "<|end|> the<mask> <mask>  <X> foo foot 12123", "[CLS] the [MASK] ##ing", "▁a▁ ▁", "(a)[b]{c}<d>$+=~^`|"]
POOLS = [(0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE00), (0x1100, 0x1200),
         (0x1E00, 0x2000), (0x2000, 0x2300), (0x3000, 0x3100), (0x4E00, 0xA000), (0xAC00, 0xD7A4), (0xFB00, 0x10000),
         (0x1D400, 0x1D800), (0x1F300, 0x1F600), (0x0, 0x20)]
SNIPPETS = ["'s", "'RE", " ", "  ", "\n", "\r\n", " \n ", "12", "123", "<|end|>", " <mask> ", "<X>", "the", " the", "Hello", "ing", "."]


def random_text(rng):
    out = []
    for _ in range(rng.randrange(1, 9)):
        if rng.random() < 0.5:
            out.append(rng.choice(SNIPPETS))
            continue
        low, high = rng.choice(POOLS)
        for _ in range(rng.randrange(1, 5)):
            code = rng.randrange(low, high)
            if unicodedata.ucd_3_2_0.category(chr(code)) not in ("Cn", "Cs"):  # old enough for every library's tables
                out.append(chr(code))
    return "".join(out)


# ---- models ----

def byte_level_model():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=340, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                                      show_progress=False))
    return json.loads(t.to_str())["model"]


def spm_model():
    vocab = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % b for b in range(256)] + list("▁abcdefghilmnorstuwH.,é日")
    merges = [["t", "h"], ["th", "e"], ["▁", "the"], ["i", "n"], ["l", "l"], ["▁", "a"], ["▁", "▁"], ["▁▁", "▁▁"], ["e", "r"], ["o", "r"],
              ["H", "e"], ["He", "ll"], ["Hell", "o"], ["▁", "Hello"], ["or", "l"], ["orl", "d"], ["▁", "w"], ["▁w", "orld"]]
    vocab += [a + b for a, b in merges]
    return {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": {v: i for i, v in enumerate(vocab)},
            "merges": merges}


def unknown_model():
    """The same without bytes to fall back to."""
    model = spm_model()
    vocab = [v for v in model["vocab"] if not v.startswith("<0x")]
    return {**model, "byte_fallback": False, "vocab": {v: i for i, v in enumerate(vocab)}}


def wordpiece_model():
    letters = list("abcdefghijklmnopqrstuvwxyz0123456789.,!?'$()[]-:;éü日本語")
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + ["##" + c for c in letters]
    vocab += ["the", "hello", "world", "word", "##s", "##ing", "##ld", "wor", "café", "cafe", "Hello", "12", "##34", "not", "n", "##t"]
    vocab = list(dict.fromkeys(vocab))
    return {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": {v: i for i, v in enumerate(vocab)}}


# ---- the variants ----

def variants():
    byte_level = pre_tokenizers.ByteLevel
    N, P, D = normalizers, pre_tokenizers, decoders

    def bpe(name, norm=None, pre=None, post=None, added=(), max_length=-1):
        return name, "bpe", norm, pre or byte_level(add_prefix_space=False), post, D.ByteLevel(), ("<|end|>",), added, max_length

    def split(pattern, behavior="isolated", invert=False):
        return P.Sequence([P.Split(Regex(pattern), behavior, invert=invert), byte_level(add_prefix_space=False, use_regex=False)])

    def literal(behavior):
        return P.Sequence([P.Split(" ", behavior), byte_level(add_prefix_space=False, use_regex=False)])

    def bert(name, lower=True, strip=None, clean=True, cjk=True, max_length=-1, cleanup=True, pre=None, post=None):
        norm = N.BertNormalizer(clean_text=clean, handle_chinese_chars=cjk, strip_accents=strip, lowercase=lower)
        post = post or processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
                                                     special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
        return (name, "wordpiece", norm, pre or P.BertPreTokenizer(), post, D.WordPiece(cleanup=cleanup),
                ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), (), max_length)

    def spm(name, norm=None, pre=None, dec=None, model="spm"):
        post = processors.TemplateProcessing(single="<s>:1 $A:1", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
        dec = dec or D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)])
        return name, model, norm, pre, post, dec, ("<unk>", "<s>", "</s>"), (), -1

    yield bpe("gpt2")
    yield bpe("gpt2-prefix", pre=byte_level(add_prefix_space=True))
    yield bpe("gpt2-split", pre=split(SPLIT_GPT2, "removed", True))
    yield bpe("llama3", pre=split(SPLIT_LLAMA3))
    yield bpe("qwen2", norm=N.NFC(), pre=split(SPLIT_QWEN2))
    yield bpe("smollm", pre=P.Sequence([P.Digits(True), byte_level(add_prefix_space=False)]))
    yield bpe("digits", pre=P.Sequence([P.Digits(False), byte_level(add_prefix_space=False, use_regex=False)]))
    yield bpe("punctuation", pre=P.Sequence([P.Punctuation(), P.WhitespaceSplit(), byte_level(add_prefix_space=False)]))
    yield bpe("words", pre=P.Sequence([P.Whitespace(), byte_level(add_prefix_space=False)]))
    for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next"):
        yield bpe("literal-" + behavior, pre=literal(behavior))
    yield bpe("nfd", norm=N.NFD())
    yield bpe("nfkc", norm=N.NFKC())
    yield bpe("nfkd", norm=N.NFKD())
    yield bpe("steps", norm=N.Sequence([N.Strip(), N.NFD(), N.StripAccents(), N.Lowercase(), N.Replace("a", "xyz"), N.Prepend("Q")]))
    yield bpe("roberta", pre=byte_level(add_prefix_space=True), added=(AddedToken("<mask>", lstrip=True, special=True),),
              post=processors.RobertaProcessing(("the", 300), ("in", 301), True, True), max_length=9)
    yield bpe("added", norm=N.Lowercase(), added=(AddedToken("<X>", normalized=True), AddedToken("foo", single_word=True, normalized=False),
              AddedToken("12", normalized=False), AddedToken("123", rstrip=True, normalized=False)))
    yield bert("bert")
    yield bert("bert-cased", lower=False, cleanup=False)
    yield bert("bert-strip", lower=False, strip=True, clean=False, cjk=False)
    yield bert("bert-short", max_length=5, post=processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2)))
    yield bert("bert-words", pre=P.Whitespace())
    yield spm("spm", norm=N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")]))
    yield spm("unknown", norm=N.Replace(" ", "▁"), model="unknown")
    for scheme in ("always", "first", "never"):
        yield spm("metaspace-" + scheme, pre=P.Metaspace(prepend_scheme=scheme), dec=D.Sequence([D.Metaspace(prepend_scheme=scheme)]))


def build(model, norm, pre, post, dec, special, added):
    t = Tokenizer.from_str(json.dumps({"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                                       "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model}))
    if norm:
        t.normalizer = norm
    if pre:
        t.pre_tokenizer = pre
    if post:
        t.post_processor = post
    t.decoder = dec
    t.add_special_tokens(list(special))
    for token in added:
        (t.add_special_tokens if token.special else t.add_tokens)([token])
    return t


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cases():
    rng = random.Random(20)
    parsed = {"bpe": byte_level_model(), "spm": spm_model(), "unknown": unknown_model(), "wordpiece": wordpiece_model()}
    for name, model in parsed.items():
        with open(f"{OUT}/{name}.json", "w", encoding="utf-8") as f:
            f.write(compact(model) + "\n")
    rows = []
    for name, model, norm, pre, post, dec, special, added, max_length in variants():
        t = build(parsed[model], norm, pre, post, dec, special, added)
        parts = json.loads(t.to_str())
        del parts["model"]
        if max_length >= 0:
            t.enable_truncation(max_length)
        row = []
        for i, text in enumerate(FIXED + [random_text(rng) for _ in range(8)]):
            add, parse = i % 4 != 1, i % 5 != 2
            t.encode_special_tokens = not parse
            ids = t.encode(text, add_special_tokens=add).ids
            # HuggingFace spells normalised added tokens and Metaspace's first word otherwise; the ids are what counts there
            decoded = None if name == "added" or name.startswith("metaspace") else t.decode(ids, skip_special_tokens=True)
            row.append([text, int(add), int(parse), ids, decoded])
        rows.append({"name": name, "model": model, "parts": compact(parts)[1:-1], "max_length": max_length, "cases": row})
    with open(f"{OUT}/cases.json", "w", encoding="utf-8") as f:
        f.write("[\n" + ",\n".join(map(compact, rows)) + "\n]\n")


# ---- the vocabularies of the shared data ----

def read_gguf(path):
    data = open(path, "rb").read()
    at = 24
    plain = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

    def take(fmt):
        nonlocal at
        values = struct.unpack_from("<" + fmt, data, at)
        at += struct.calcsize("<" + fmt)
        return values[0]

    def value(kind):
        nonlocal at
        if kind == 8:
            n = take("Q")
            at += n
            return data[at - n : at].decode("utf-8", "replace")
        if kind == 9:
            item, n = take("I"), take("Q")
            return [value(item) for _ in range(n)]
        return take(plain[kind])

    keys = {}
    for _ in range(struct.unpack_from("<Q", data, 16)[0]):
        key = value(8)
        keys[key] = value(take("I"))
    return keys


def gguf():
    rng = random.Random(21)
    g = read_gguf(f"{DATA}/tokenizers/ggml-vocab-gpt-2.gguf")
    vocab = {v: i for i, v in enumerate(g["tokenizer.ggml.tokens"])}
    gpt2 = Tokenizer(models.BPE(vocab=vocab, merges=[tuple(m.split(" ")) for m in g["tokenizer.ggml.merges"]]))
    gpt2.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    gpt2.add_special_tokens(["<|endoftext|>"])
    b = read_gguf(f"{DATA}/tokenizers/ggml-vocab-bert-bge.gguf")
    special = {i for i, kind in enumerate(b["tokenizer.ggml.token_type"]) if kind == 3}
    words = [v if i in special else v[1:] if v[0] == "▁" else "##" + v for i, v in enumerate(b["tokenizer.ggml.tokens"])]
    bert = Tokenizer(models.WordPiece({v: i for i, v in enumerate(words)}, unk_token="[UNK]", max_input_chars_per_word=100))
    bert.normalizer = normalizers.BertNormalizer()
    bert.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    bert.add_special_tokens(sorted(words[i] for i in special))
    plain = [w for w in words[2000:] if w.isalpha() and w.isascii()]
    texts = FIXED + [" ".join(rng.choice(plain) for _ in range(12)) for _ in range(8)] + [random_text(rng) for _ in range(40)]
    out = {}
    for name, t in (("gpt-2", gpt2), ("bert-bge", bert)):
        rows = []
        for text in texts:
            e = t.encode(text, add_special_tokens=False)
            byte = [len(text[:i].encode()) for i in range(len(text) + 1)]
            rows.append([text, e.ids, [byte[a] for a, _ in e.offsets], [byte[z] for _, z in e.offsets]])
        out[name] = rows
    with open(f"{OUT}/gguf.json", "w", encoding="utf-8") as f:
        f.write("{\n" + ",\n".join(f'"{name}": [\n' + ",\n".join(map(compact, rows)) + "\n]" for name, rows in out.items()) + "\n}\n")


cases()
gguf()
