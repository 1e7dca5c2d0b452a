"""JSON in Python: tests of types, generators, strings."""
import sys
import time

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def text(value):
    parts = ['"']
    for character in value:
        if character in ESCAPES:
            parts.append(ESCAPES[character])
        elif character < " ":
            parts.append("\\u%04x" % ord(character))
        else:
            parts.append(character)
    parts.append('"')
    return "".join(parts)


def chunks(value):
    if isinstance(value, str):
        yield text(value)
    elif value is None:
        yield "null"
    elif value is True:
        yield "true"
    elif value is False:
        yield "false"
    elif isinstance(value, (int, float)):
        yield repr(value)
    elif isinstance(value, dict):
        yield from members(value)
    elif isinstance(value, (list, tuple)):
        yield from items(value)
    else:
        raise TypeError(value)


def members(value):
    if not value:
        yield "{}"
        return
    separator = "{"
    for key, item in sorted(value.items()):
        yield separator
        yield text(key if isinstance(key, str) else str(key))
        yield ":"
        yield from chunks(item)
        separator = ","
    yield "}"


def items(value):
    if not value:
        yield "[]"
        return
    separator = "["
    for item in value:
        yield separator
        yield from chunks(item)
        separator = ","
    yield "]"


def document(size):
    return {"name": "press\n\"1\"", "sizes": list(range(size)), "empty": [], "none": None,
            "parts": [{"id": number, "ok": number % 3 == 0, "weight": number / 7,
                       "path": ["a/b", "c\td", str(number)]} for number in range(size)]}


def main(rounds):
    value = document(20)
    for _ in range(rounds * 6):
        "".join(chunks(value))


if __name__ == "__main__":
    begun = time.process_time()
    main(int(sys.argv[1]))
    print(time.process_time() - begun)
