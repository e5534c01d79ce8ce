#!/usr/bin/env python3
"""Models in the form that sherpa-onnx reads, the rival of bench/speech. The weights are the same bytes. Standard library only.

    sherpa.py model.onnx      RESULT metadata KEY=VALUE ...   the model with metadata_props appended
    sherpa.py voice.onnx.json RESULT symbols                  tokens.txt of a Piper voice: a symbol and its id a line
    sherpa.py config.json     RESULT symbols                  of Kokoro
    sherpa.py tokenizer.json  RESULT pieces                   of Moonshine (SentencePiece): the text in base64, and the id
    sherpa.py tokenizer.json  RESULT bytes                    of Whisper (byte-level BPE): the same

What is read is told by sherpa-onnx 2.0.1: csrc/offline-tts-vits-model.cc, offline-tts-kokoro-model.cc, symbol-table.cc.
"""

import base64
import json
import re
import sys


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, data):
    """A field of bytes: a protobuf message may be appended to, field by field."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def metadata(model, *pairs):
    """ModelProto.metadata_props is field 14: messages of a key (1) and a value (2)."""
    for pair in pairs:
        key, _, value = pair.partition("=")
        model += field(14, field(1, key.encode()) + field(2, value.encode()))
    return model


def lines(rows):
    return "".join(f"{text} {number}\n" for text, number in rows).encode()


def symbols(config):
    config = json.loads(config)
    if "vocab" in config:
        return lines(config["vocab"].items())
    return lines((symbol, ids[0]) for symbol, ids in config["phoneme_id_map"].items())


def vocabulary(tokenizer):
    """token -> id, those added behind the model's own with them."""
    tokenizer = json.loads(tokenizer)
    ids = dict(tokenizer["model"]["vocab"])
    ids.update((token["content"], token["id"]) for token in tokenizer["added_tokens"])
    return sorted(ids.items(), key=lambda row: row[1])


def encoded(rows):
    return lines((base64.b64encode(data).decode(), number) for data, number in rows)


def pieces(tokenizer):
    def data(token):
        byte = re.fullmatch("<0x([0-9A-F]{2})>", token)
        return bytes([int(byte[1], 16)]) if byte else token.replace("\u2581", " ").encode()
    return encoded((data(token), number) for token, number in vocabulary(tokenizer))


def bytes_of_characters():
    """Byte-level BPE writes a byte as a visible character: itself, or one from U+0100 on."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {**{chr(byte): byte for byte in visible}, **{chr(256 + at): byte for at, byte in enumerate(hidden)}}


def byte_level(tokenizer):
    table = bytes_of_characters()
    return encoded((bytes(table[c] for c in token) if all(c in table for c in token) else token.encode(), number)
                   for token, number in vocabulary(tokenizer))


def main(source, result, form, *arguments):
    with open(source, "rb") as f:
        data = f.read()
    made = {"metadata": metadata, "symbols": symbols, "pieces": pieces, "bytes": byte_level}[form](data, *arguments)
    with open(result, "wb") as f:
        f.write(made)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
