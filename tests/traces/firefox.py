"""Firefox, for record.py: what programs throw in it. A page loads them and hands the texts back."""

import http.server
import json
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from corpus import Unavailable

HERE = Path(__file__).resolve().parent
TIMEOUT_S = 60

PAGE = """<!doctype html><script type=module>
import { collect } from '/harness/harness.js';
const texts = await collect(() => import('/programs/%s'));
await fetch('/done', { method: 'POST', body: JSON.stringify(texts) });
</script>"""

# Else async frames are there only while somebody debugs.
PREFERENCES = 'user_pref("javascript.options.asyncstack_capture_debuggee_only", false);\n'


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def answer(self, code, body=b"", kind="text/javascript"):
        self.send_response(code)
        self.send_header("content-type", f"{kind}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        first, _, rest = self.path.lstrip("/").partition("/")
        if first == "":
            return self.answer(200, (PAGE % self.server.program).encode(), "text/html")
        file = self.server.folders.get(first, HERE / "none") / rest
        return self.answer(200, file.read_bytes()) if file.is_file() else self.answer(404)

    def do_POST(self):
        self.server.texts = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.answer(200)
        self.server.done.set()


def run_in_firefox(folder, program):
    """({scenario: text}, what URLs in them begin with); `program` is a path in `folder`."""
    if shutil.which("firefox-esr") is None:
        raise Unavailable("firefox-esr is not on PATH (Debian: apt-get install firefox-esr)")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.folders, server.program, server.done = {"harness": HERE, "programs": folder}, program, threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}/"
    with tempfile.TemporaryDirectory(prefix="smcache-firefox-", ignore_cleanup_errors=True) as profile:
        (Path(profile) / "user.js").write_text(PREFERENCES)
        child = subprocess.Popen(["firefox-esr", "--headless", "--no-remote", "--profile", profile, origin],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if not server.done.wait(TIMEOUT_S):
                raise Unavailable(f"firefox-esr gave no answer within {TIMEOUT_S} s")
        finally:
            child.terminate()
            child.wait()
            server.shutdown()
    return server.texts, f"{origin}programs/"
