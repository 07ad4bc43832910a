"""What record.py keeps of profiles, traces and reports: enough to be read in a test, and nothing of the machine."""

KEYS = ("name", "cat", "ph", "id", "pid", "tid", "ts", "dur", "args")  # of an event in a trace
N_NODES = 14


def trim_cpu(profile, url):
    """The root, one node that V8 adds, and some of the program right below the root; without ticks."""
    own = {}
    for node in profile["nodes"]:
        frame = node["callFrame"]
        place = (frame["lineNumber"], frame["columnNumber"])
        if frame["url"] == url and place != (0, 0):
            own.setdefault(place, node)
    nodes = [*profile["nodes"][:2], *list(own.values())[:N_NODES]]
    kept = [{"id": i, "callFrame": node["callFrame"], "hitCount": node["hitCount"]} for i, node in enumerate(nodes, 1)]
    kept[0]["children"] = [node["id"] for node in kept[1:]]
    samples = [node["id"] for node in kept[1:]]
    return {"nodes": kept, "startTime": 1000, "endTime": 9000, "samples": samples, "timeDeltas": [200] * len(samples)}


def trim_heap(profile, url):
    """The branches that lead to the program, and no more than three of each."""
    def keep(node):
        children = [child for child in map(keep, node["children"]) if child]
        is_kept = children or node["callFrame"]["url"] == url
        return {**node, "children": children[:3]} if is_kept else None
    return {"head": keep(profile["head"]), "samples": []}


def trim_trace(trace, url):
    """Of each kind of event that names the program the first; of profiles the nodes alone."""
    kept = {}
    for event in trace["traceEvents"]:
        event = {key: value for key, value in event.items() if key in KEYS}
        event |= {"pid": 1, "tid": 1, "ts": 1000 + len(kept)}
        if event["name"] == "ProfileChunk":
            nodes = event["args"]["data"].get("cpuProfile", {}).get("nodes", [])
            nodes = [node for node in nodes if node["callFrame"].get("url", url) == url]
            if not any("url" in node["callFrame"] for node in nodes):
                continue
            event["args"] = {"data": {"cpuProfile": {"nodes": nodes[:N_NODES]}, "timeDeltas": []}}
        elif url not in str(event):
            continue
        kept.setdefault(event["name"], event)
    return {"traceEvents": list(kept.values()), "metadata": {"source": "record.py"}}


def trim_report(report):
    header = {key: report["header"][key] for key in ("reportVersion", "event", "trigger", "nodejsVersion")}
    return {"header": header, "javascriptStack": report["javascriptStack"]}
