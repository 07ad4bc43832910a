"""The maps that are measured, and larger ones made of copies of one."""

import functools
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "tests" / "example" / "dist" / "app.js.map"  # too small to conclude from

# label -> (package of the corpus, name of the file)
CORPUS = {
    "babylonjs": ("babylonjs", "babylon.max.js.map"),
    "antd.min": ("antd", "antd.min.js.map"),
    "echarts": ("echarts", "echarts.js.map"),
}
GROWING = "echarts"  # eight of it are 65 MB
STORED = "babylonjs"  # the map that goes through the store
STACKS = {  # whose code the stacks are of
    "babylonjs": CORPUS["babylonjs"],
    "antd.min": CORPUS["antd.min"],
    "maplibre-gl": ("maplibre-gl", "maplibre-gl.mjs.map"),
}
LOGGED = "antd.min"  # and the logs

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
DIGITS = {c: i for i, c in enumerate(BASE64)}


def find_maps(packages, cache, wanted=None):
    """label -> path, of those that are there: of CORPUS, where nothing else is wanted."""
    roots = {package.name: package.root(cache) for package in packages}
    found = {}
    for label, (package, name) in (wanted or CORPUS).items():
        paths = sorted(roots[package].rglob(name)) if package in roots else []
        if paths:
            found[label] = paths[0]
    return found


def label_maps(paths):
    """label -> path: the file's name, with as many of its folders as tell it from the others. One that is there twice
    counts once."""
    parts = {Path(path).absolute().parts: Path(path) for path in paths}

    def label(own):
        for n in range(1, len(own)):
            if not any(other != own and other[-n:] == own[-n:] for other in parts):
                return "/".join(own[-n:])
        return str(Path(*own))
    return {label(own): path for own, path in parts.items()}


def decode_vlq(text):
    """The numbers of a segment."""
    numbers, value, shift = [], 0, 0
    for c in text:
        digit = DIGITS[c]
        value |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            numbers.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return numbers


def encode_vlq(numbers):
    text = ""
    for number in numbers:
        value = -number << 1 | 1 if number < 0 else number << 1
        while value >= 32:
            text += BASE64[value & 31 | 32]
            value >>= 5
        text += BASE64[value]
    return text


@functools.cache  # the same for each number of copies
def next_copy(mappings, n_sources, n_names):
    """The mappings of a copy that follows another one.

    All fields but the column are relative to the segment before, on earlier lines too. So the first segment with a
    source, and the first with a name, take back what the copy before it has added up to, and go on to the copy's own
    sources and names. That is the same for every copy but the first.
    """
    lines = [[decode_vlq(segment) for segment in line.split(",") if segment] for line in mappings.split(";")]
    segments = [segment for line in lines for segment in line]
    sums = [sum(segment[i] for segment in segments if len(segment) > i) for i in range(5)]
    first_source = next((segment for segment in segments if len(segment) >= 4), None)
    first_name = next((segment for segment in segments if len(segment) == 5), None)
    if first_source:
        first_source[1] += n_sources - sums[1]
        first_source[2] -= sums[2]
        first_source[3] -= sums[3]
    if first_name:
        first_name[4] += n_names - sums[4]
    return ";".join(",".join(map(encode_vlq, line)) for line in lines)


def concatenate(source_map, n):
    """An ordinary map of `n` copies of one: of its mappings, each copy from a new line on, its sources, contents and
    names. Every copy has source names of its own, so that nothing but the names can be stored once for all."""
    unfit = {"sections", "rangeMappings", "scopes", "originalScopes", "generatedRanges"} & set(source_map)
    if unfit:
        raise ValueError(f"cannot be copied: a map with {', '.join(sorted(unfit))}")
    sources, names = source_map["sources"], source_map.get("names") or []
    again = next_copy(source_map["mappings"], len(sources), len(names)) if n > 1 else ""
    out = dict(source_map)
    out["sources"] = [source if source is None else f"copy{i}/{source}" for i in range(n) for source in sources]
    out["names"] = names * n
    out["mappings"] = ";".join([source_map["mappings"]] + [again] * (n - 1))
    if source_map.get("sourcesContent"):
        contents = source_map["sourcesContent"][:len(sources)]
        out["sourcesContent"] = (contents + [None] * (len(sources) - len(contents))) * n
    for key in "ignoreList", "x_google_ignoreList":
        if key in source_map:
            out[key] = [i * len(sources) + index for i in range(n) for index in source_map[key]]
    return out


def write_copies(path, n, output):
    with open(path, encoding="utf-8") as f:
        source_map = json.load(f)
    with open(output, "w", encoding="utf-8", errors="surrogatepass") as f:
        json.dump(concatenate(source_map, n), f, ensure_ascii=False, separators=(",", ":"))
