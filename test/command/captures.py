"""Writes captures and descriptions of counted regions, as docs/formats.rst has them."""
import hashlib
import os
import struct


def source_hash(data):
    """The `__source_hash__` of a source in UTF-8."""
    return hashlib.sha3_256(data).hexdigest()


def area_lines(areas):
    return "".join("{} {} {} {}\n".format(*area) for area in areas)


def put(path, text, mode="w"):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, mode + ("b" if isinstance(text, bytes) else "")) as file:
        file.write(text)


def write_text(base, sources, process="p1", module="m", identity=".fault-python",
               isolation="unspecified"):
    """Append a capture of texts. `sources` are (path, hash, {area: count})."""
    directory = os.path.join(base, "coverage", process, module, identity, ".fault-syntax-counters")
    for path, digest, counts in sources:
        for name, text in (("sources", f"{isolation} {len(counts)} {path}\n"),
                           ("areas", area_lines(counts)),
                           ("counts", "".join(f"{count}\n" for count in counts.values())),
                           ("hashes", digest + "\n")):
            put(os.path.join(directory, name), text, "a")
    return directory


def write_timings(base, timings, modules="", process="p1", module="m", identity=".fault-python"):
    """Write a capture of times. `timings` is the text."""
    directory = os.path.join(base, "profile", process, module, identity, ".fault-timing-deltas")
    put(os.path.join(directory, "timings"), timings)
    put(os.path.join(directory, "modules"), modules)


def description(path, digest, areas=(), elements=()):
    """The DESCRIPTION of an instrumented module. `areas` are areas, each of which has a counter, or
    {area: numbers of counters}."""
    if not isinstance(areas, dict):
        areas = {area: [number] for number, area in enumerate(areas)}
    lines = [" ".join(map(str, [*area, *counters])) for area, counters in areas.items()]
    most = max((number for counters in areas.values() for number in counters), default=-1) + 1
    return "".join(f"{line}\n" for line in (
        "kiln-regions 1", f"hash {digest}", f"path {path}", "features coverage profile",
        f"counters {most}", f"areas {len(areas)}", *lines, f"elements {len(elements)}",
        *elements)).encode()


def block(number, described, counters, kind=1, module="m", identity=".fault-python", order="<",
          isolation="unspecified", rate=0):
    """A block of a map. `counters` are numbers: one of an area, eight of calls, whose times are in
    ticks, `rate` of them in a second."""
    text = (f"kiln-counters 1\nmodule {module}\nisolation {isolation}\nidentity {identity}\n"
            .encode() + described)
    at = (96 + len(text) + 7) // 8 * 8
    size = at + 8 * len(counters)
    head = struct.pack(order + "8sIIQQQQQQ", b"kilnmap", 1, kind, size, number, len(text), at,
                       len(counters) // (8 if kind == 2 else 1), rate)
    head += hashlib.sha256(described).digest()
    return (head + text).ljust(at, b"\0") + struct.pack(f"{order}{len(counters)}Q", *counters)


def write_map(base, name, *blocks, kind="coverage", process="p1", identities=None):
    """Write a map file of these blocks, and beside it what the tests counted; its path."""
    directory = os.path.join(base, kind, process, ".kiln-counters")
    put(os.path.join(directory, f"{name}.map"), b"".join(blocks))
    if identities is not None:
        put(os.path.join(directory, name.rpartition(".")[0] + ".identities"), identities)
    return os.path.join(directory, f"{name}.map")


def describe(directory, path, digest, regions):
    """Write a description's files of counted regions. `regions` are (area, type)."""
    for name, text in (("sources", f"{len(regions)} {path}\n"),
                       ("areas", area_lines(area for area, _ in regions)),
                       ("types", "".join(kind for _, kind in regions)), ("hashes", digest + "\n")):
        put(os.path.join(directory, name), text)
