"""What is wanted of smcache, and what the figures say to it. Nothing here fails: a table is all that comes of it."""

from dataclasses import dataclass

from measure import OURS
from stats import NOT_MEASURED, exact, growth, judge, ratio

SIZES = ("B/token", "of the JSON", "MiB")  # units of what noise does not change


@dataclass(frozen=True)
class Target:
    text: str
    unit: str
    limit: float
    figure: object  # Figure, Ratio or None: it was not measured
    verdict: str

    def as_json(self):
        return {"text": self.text, "unit": self.unit, "limit": self.limit, "verdict": self.verdict,
                "figure": self.figure.as_json() if self.figure else None}


def speed(figure, nbytes):
    """MB a second, of what takes the time."""
    return figure.rate(nbytes * 1e3, "MB/s")


def best_peer(figures, key):
    """(peer, figure) of the peer whose best turn is the best; lower is better. (None, None) without peers."""
    peers = [(name, peer[key]) for name, peer in figures.items() if name != OURS and key in peer]
    return min(peers, key=lambda pair: pair[1].best, default=(None, None))


class Targets(list):
    def __init__(self, results, machine_spread):
        super().__init__()
        self.maps, self.machine_spread = results["maps"], machine_spread
        self.add_builds()
        self.add_functions()
        self.add_lookups()
        self.add_sizes()
        self.add_growth(results["growth"])
        self.add_store(results["store"])
        self.add_stacks(results["stacks"])

    def add(self, text, unit, limit, figure):
        spread = 1.0 if unit in SIZES else self.machine_spread
        verdict = judge(figure, limit, spread) if figure else NOT_MEASURED
        self.append(Target(text, unit, limit, figure, verdict))

    def add_builds(self):
        babylon = self.maps.get("babylonjs")
        nbytes = babylon["sizes"]["json"].best if babylon else 0

        def process(key):
            return speed(babylon["builds"][key]["time"], nbytes) if babylon else None

        def in_memory(part):
            levels = babylon["parts"]["levels"] if babylon else {}
            return speed(levels["best"][part], nbytes) if "best" in levels else None

        build = "babylonjs: build --functions=none"
        self.add(f"{build}, -j 2, to tmpfs", "MB/s", 300, process("deflate_j2_bare"))
        self.add(f"{build}, -j 2, to disk", "MB/s", 300, process("deflate_j2_bare_disk"))
        self.add("babylonjs: the same in process, 2 threads", "MB/s", 300, in_memory("build_deflate_2"))
        self.add(f"{build} --sources=none, -j 1, to tmpfs", "MB/s", 800, process("none_j1_bare"))
        self.add(f"{build} --sources=none, -j 1, to disk", "MB/s", 800, process("none_j1_bare_disk"))
        self.add("babylonjs: the same in process, 1 thread", "MB/s", 800, in_memory("build_none"))
        for label in "echarts", "antd.min":
            parts = self.maps[label]["parts"] if label in self.maps else None
            decode = parts["levels"].get("best", {}).get("decode") if parts else None
            a_token = decode.scaled(1 / parts["amounts"]["n_tokens"], "ns") if decode else None
            self.add(f"{label}: VLQ to packed blocks, a token", "ns", 10, a_token)

    def add_functions(self):
        babylon = self.maps.get("babylonjs")
        builds = babylon["builds"] if babylon else {}
        for n in 1, 2:
            both = [builds[f"deflate_j{n}{suffix}"]["time"] for suffix in ("_bare", "")] if builds else None
            self.add(f"babylonjs: build with functions over --functions=none, -j {n}", "x", 1.5,
                     growth(*both, 1) if both else None)
        more = builds["none_j1"]["peak"].median - builds["none_j1_bare"]["peak"].median if builds else None
        self.add("babylonjs: peak memory more with functions, --sources=none, -j 1", "MiB", 8,
                 exact("MiB", more / 2**20) if builds else None)
        parts = babylon["parts"] if babylon else {}
        scan = parts["scans"].get("scan") if parts else None
        self.add("babylonjs: scan of the contents for functions, in process", "MB/s", 100,
                 speed(scan, parts["amounts"]["scan_nbytes"]) if scan else None)

    def add_lookups(self):
        babylon = self.maps.get("babylonjs")
        lookups = babylon["lookups"] if babylon else None
        self.add("babylonjs: random lookup", "ns", 100, lookups and lookups[OURS]["random"])
        self.add("babylonjs: random lookup, batched", "ns", 60, lookups and lookups[OURS]["batch_random"])
        name, peer = best_peer(lookups or {}, "random")
        self.add(f"babylonjs: random lookup, against the best peer{f' ({name})' if name else ''}", "x", 5,
                 ratio(peer, lookups[OURS]["random"]) if peer else None)
        cold = babylon["cold"] if babylon else {}
        self.add("babylonjs: first answer of a process, against trace-mapping", "x", 100,
                 ratio(cold["trace-mapping"]["time"], cold[OURS]["time"]) if "trace-mapping" in cold else None)

    def add_sizes(self):
        sizes = {label: m["sizes"] for label, m in self.maps.items()}
        n_tokens = sum(m["lookups"][OURS]["n_tokens"] for m in self.maps.values())

        def of_all(key):
            return exact("B/token", sum(s[key].best for s in sizes.values()) / n_tokens) if sizes else None

        def of_one(label, key):
            return sizes.get(label, {}).get(key)

        self.add("index, all maps of this bench", "B/token", 4.0, of_all("index"))
        self.add("antd.min: index", "B/token", 3.8, of_one("antd.min", "index_per_token"))
        self.add("antd.min: file with sources, --functions=none", "of the JSON", 0.35, of_one("antd.min", "bare_ratio"))
        self.add("functions, all maps of this bench", "B/token", 0.7, of_all("functions"))
        for label in "babylonjs", "antd.min":
            self.add(f"{label}: functions", "B/token", 0.7, of_one(label, "functions_per_token"))

    def add_growth(self, rows):
        for key, what in ("build", "build time"), ("peak", "peak memory of a build"):
            figure = None
            if rows:
                first, last = rows[0], rows[-1]
                figure = growth(first[key], last[key], last["json"].best / first["json"].best)
            copies = rows[-1]["copies"] if rows else 8
            self.add(f"{what} of {copies} copies, over {copies} times that of one", "x", 1.25, figure)

    def add_store(self, store):
        puts = {row["key"]: row for row in store["put"]} if store else {}
        of_map = store["map"] if store else {}
        many = f"{puts['many']['entries']:,}" if puts else "100,000"
        self.add("store: a hit, from the key to a reader", "us", 40,
                 of_map["hit"].scaled(1e-3, "us") if store else None)
        self.add("store: babylonjs, get-or-build, the second time against the first", "x", 1000,
                 ratio(of_map["first"], of_map["second"]) if store else None)
        for few, key, text in ("few", "many", ""), ("full", "many_full", ", in full stores"):
            self.add(f"store: a put at {many} entries, over that at few{text}", "x", 1.25,
                     growth(puts[few]["put"], puts[key]["put"], 1) if store else None)

    def add_stacks(self, stacks):
        events, large = (stacks["events"], stacks["large"]) if stacks else ({}, None)
        for key, what in ("sources", "100 frames in 100 sources"), ("repeats", "100 frames, 24 distinct"):
            event = events.get(key)
            self.add(f"stacks: an event of {what}, after the first touch", "ms", 1,
                     event["figures"][OURS]["rewrite"].scaled(1e-6, "ms") if event else None)
        ours = large["figures"][OURS] if large else None
        size = f" of {large['nbytes'] / 1e6:,.0f} MB" if large else ""
        self.add(f"stacks: a log{size} with traces, whole process", "MB/s", 300,
                 speed(ours["time"], large["nbytes"]) if ours else None)
        self.add("stacks: peak memory of that", "MiB", 16, ours["peak"].scaled(2**-20, "MiB") if ours else None)
