"""Which charts there are, and what each of them shows."""

from measure import OURS
from report import BUILD_LABELS, number, scale_of_ns
from svg import Bar, Line, Panel, bars, lines
from targets import speed

SPREAD = "bars: medians; thin lines: from the best turn to the worst"


def text_of_ns(ns):
    size, unit = scale_of_ns(ns)
    return f"{number(ns / size)} {unit.replace('us', 'µs')}"


def tick_of_ns(ns):
    size, unit = scale_of_ns(ns)
    return f"{ns / size:g} {unit.replace('us', 'µs')}"


def bar(label, figure, text, is_strong=False):
    return Bar(label, figure.median, figure.min, figure.max, text(figure.median), is_strong)


def lookup_chart(maps, labels, footer):
    panels = []
    for label, result in maps.items():
        ours = result["lookups"][OURS]
        rows = [bar("smcache, in a batch", ours["batch_random"], text_of_ns, True),
                bar("smcache", ours["random"], text_of_ns, True)]
        rows += [bar(labels.get(key, key), peer["random"], text_of_ns)
                 for key, peer in result["lookups"].items() if key != OURS]
        panels.append(Panel(f"{label}, {ours['n_tokens']:,} tokens", rows))
    return bars("A random lookup", f"time a lookup, log scale, shorter is better; {SPREAD}", panels, tick_of_ns, True,
                footer)


def first_chart(title, what, maps, phase, figure, labels, footer):
    """A bar for each of who took part in a phase, ours first."""
    panels = []
    for label, result in maps.items():
        rows = [bar("smcache, from its file" if key == OURS else labels.get(key, key), figures[figure], text_of_ns,
                    key == OURS)
                for key, figures in sorted(result[phase].items(), key=lambda pair: pair[0] != OURS)]
        panels.append(Panel(f"{label}, {result['sizes']['json'].best / 1e6:.1f} MB of JSON", rows))
    return bars(title, f"{what}; log scale, shorter is better; {SPREAD}", panels, tick_of_ns, True, footer)


def warm_chart(maps, labels, footer):
    return first_chart("First answer in a warm process", "open or parse, and one answer", maps, "lookups", "first",
                       labels, footer)


def cold_chart(maps, labels, footer):
    return first_chart("First answer of a whole process", "start, read, one answer, end", maps, "cold", "time",
                       labels, footer)


def build_chart(maps, labels, footer):
    del labels
    panels = []
    for label, result in maps.items():
        json_nbytes = result["sizes"]["json"].best
        rows = [bar(BUILD_LABELS[key].removeprefix("build ").strip(), speed(build["time"], json_nbytes),
                    lambda value: f"{number(value)} MB/s", "bare" not in key)
                for key, build in result["builds"].items()]
        panels.append(Panel(f"{label}, {json_nbytes / 1e6:.1f} MB of JSON", rows))
    return bars("smcache build, the whole process", f"MB of JSON a second, longer is better; {SPREAD}", panels,
                lambda value: f"{value:g} MB/s", False, footer)


def size_chart(maps, labels, footer):
    del labels
    panels = []
    for label, result in maps.items():
        sizes = result["sizes"]
        rows = []
        for key, words in (("json", "JSON"), ("json_gz", "JSON, gzip -6"), ("deflate", "smcache"),
                           ("deflate_bare", "smcache, no functions"), ("raw", "smcache, raw sources"),
                           ("none", "smcache, no sources")):
            share = f"{sizes[key].best / sizes['json'].best:.2f} of the JSON"
            rows.append(bar(words, sizes[key].scaled(1e-6, "MB"),
                            lambda value, share=share: f"{number(value)} MB, {share}", not key.startswith("json")))
        panels.append(Panel(label, rows))
    return bars("Bytes on disk", "MB, shorter is better; peers read the JSON, gzip has to be inflated first", panels,
                lambda value: f"{value:g} MB", False, footer)


def growth_chart(rows, label, footer):
    def points(key, factor):
        return [(r["json"].best / 1e6, r[key].median * factor) for r in rows]
    panels = [Line("build time, s", points("build", 1e-9), lambda v: f"{v:g}"),
              Line("peak memory of a build, MiB", points("peak", 2**-20), lambda v: f"{v:g}"),
              Line("a random lookup, ns", points("random", 1.0), lambda v: f"{v:g}")]
    copies = ", ".join(str(r["copies"]) for r in rows)
    return lines("Growth", f"{copies} copies of {label} as one map; medians", panels, "MB of JSON", lambda v: f"{v:g}",
                 footer)


CHARTS = {"lookup": lookup_chart, "first-answer-warm": warm_chart, "first-answer-process": cold_chart,
          "build": build_chart, "size": size_chart}


def write_charts(folder, results, labels, growing, footer):
    """`footer`: lines below each chart. Returns the paths."""
    charts = {name: chart(results["maps"], labels, footer) for name, chart in CHARTS.items()}
    if results["growth"]:
        charts["growth"] = growth_chart(results["growth"], growing, footer)
    for path in folder.glob("*.svg"):  # of an earlier run, which may have had more of them
        path.unlink()
    paths = []
    for name, text in charts.items():
        path = folder / f"{name}.svg"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
