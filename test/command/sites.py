"""What tests with real sites share: Debian's packages, and a server that is started and asked."""
import os
import re
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import program

PACKAGES = "/usr/lib/python3/dist-packages"
FLASK = ["flask", "werkzeug", "jinja2", "markupsafe", "click", "itsdangerous"]
DJANGO = ["django", "asgiref", "sqlparse"]
GUNICORN = ["gunicorn", "pkg_resources"]
# Required by later versions of these, which ask for the version of Werkzeug, too.
LATER = re.compile(r"blinker|packaging|pytz|[Ww]erkzeug-.*\.dist-info")


def sources(*names):
    """The SOURCE arguments for packages; skips the test if one is not installed."""
    for name in names:
        if not os.path.exists(os.path.join(PACKAGES, name)):
            raise unittest.SkipTest(f"{name} of Debian is not installed")
    later = [name for name in sorted(os.listdir(PACKAGES)) if LATER.fullmatch(name)]
    return [f"{os.path.join(PACKAGES, name)}={name}" for name in [*names, *later]]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Case(program.Case):
    def answer(self, command, port, environment):
        """What a server, which is started for that, answers to a request."""
        with open(self.path("log"), "wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                cwd=self.directory, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as found:
                    return found.read().decode()
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None:
                    break
                time.sleep(0.1)
        self.fail(program.read(self.path("log")).decode(errors="replace"))
