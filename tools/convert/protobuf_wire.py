"""Reads protocol buffers without their schema (protobuf.dev, "Encoding"). Standard library only.

    for number, value in fields(message):           # in the order of the file
        ...                                         # value: an int (varint), or bytes as a memoryview
"""


def varint(data, at):
    """(value, position behind it) of the variable-length number at `at`."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError(f"a number of more than 10 bytes before byte {at}")


def fields(message):
    """(field number, value) of each field of a message."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value, at = varint(message, at)
            yield number, value
            continue
        if wire_type in (1, 5):
            size = 8 if wire_type == 1 else 4
        elif wire_type == 2:
            size, at = varint(message, at)
        else:
            raise ValueError(f"wire type {wire_type} before byte {at}")
        if size > len(message) - at:
            raise ValueError(f"field {number} wants {size} bytes at byte {at}, {len(message) - at} are left")
        yield number, message[at:at + size]
        at += size


def first(message, wanted, default=None):
    """The first value of a field."""
    return next((value for number, value in fields(message) if number == wanted), default)


def texts(message, wanted):
    """The values of a string field."""
    return [bytes(value).decode() for number, value in fields(message) if number == wanted]


def integers(message, wanted):
    """The values of a repeated integer field, packed or not; negative ones are stored as 2^64 - n."""
    found = []
    for number, value in fields(message):
        if number != wanted:
            continue
        if isinstance(value, int):
            found.append(value)
            continue
        at = 0
        while at < len(value):
            one, at = varint(value, at)
            found.append(one)
    return [value - (1 << 64) if value >> 63 else value for value in found]
