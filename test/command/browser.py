"""A headless Chromium, driven by the DevTools protocol through a pair of pipes.

    with Browser(directory) as browser:
        page = browser.page(1280, 800)
        page.open("file:///...")
        page.evaluate("document.title")

https://chromedevtools.github.io/devtools-protocol/ describes the protocol. With
--remote-debugging-pipe, Chromium reads messages from descriptor 3 and writes them to 4, each with a
NUL at its end.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time

CHROMIUM = shutil.which("chromium", path="/usr/bin:/bin")
TIMEOUT = 60  # seconds, for whatever is waited for

# Keys that are no characters: their codes.
KEYS = {"Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "Tab": 9}


class Failed(Exception):
    """The browser does not do what it was told."""


class Browser:
    """A browser with a profile below a directory."""

    def __init__(self, directory, *options):
        self.messages, self.rest, self.number, self.pages = {}, b"", 0, {}
        (to_read, self.to_write), (self.to_read, to_write) = os.pipe(), os.pipe()
        # The shell puts the pipes where Chromium has them: theirs are not 3 and 4 before.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_read, to_write)]
        command = f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}'
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", command, "bash", CHROMIUM, "--headless", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--remote-debugging-pipe",
             f"--user-data-dir={os.path.join(directory, 'profile')}", *options],
            env=dict(os.environ, HOME=directory), pass_fds=ends,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        for end in (to_read, to_write, *ends):
            os.close(end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.to_read)
        os.close(self.to_write)

    def receive(self, until):
        """Take one message: the answer to a call, or an event of a page."""
        while b"\0" not in self.rest:
            if not select.select([self.to_read], [], [], max(until - time.monotonic(), 0))[0]:
                raise Failed("the browser does not answer")
            data = os.read(self.to_read, 1 << 20)
            if not data:
                raise Failed("the browser ended")
            self.rest += data
        text, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(text)
        if "id" in message:
            self.messages[message["id"]] = message
        elif message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].events.append(message)

    def call(self, method, session=None, **parameters):
        """Call a method and return its result."""
        self.number += 1
        number, until = self.number, time.monotonic() + TIMEOUT
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to_write, json.dumps(message).encode() + b"\0")
        while number not in self.messages:
            self.receive(until)
        answer = self.messages.pop(number)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']}")
        return answer["result"]

    def page(self, width, height):
        """A new page of a size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.pages[session] = page = Page(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.resize(width, height)
        return page


class Page:
    """A page, with the events that it had."""

    def __init__(self, browser, target, session):
        self.browser, self.target, self.session, self.events = browser, target, session, []

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def prefer(self, **features):
        """Emulate what the user prefers: prefers_color_scheme="dark"."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def open(self, url):
        """Go to a URL, and wait until all is loaded."""
        self.events.clear()
        answer = self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise Failed(f"{url}: {answer['errorText']}")
        # No event of loading comes if only the fragment is another one.
        if answer.get("loaderId"):
            self.wait_for_event("Page.loadEventFired")

    def wait_for_event(self, method):
        until = time.monotonic() + TIMEOUT
        while not any(event["method"] == method for event in self.events):
            self.browser.receive(until)

    def evaluate(self, expression):
        """The value of an expression of JavaScript, as JSON has it; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failed(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression):
        """Wait until an expression is true, also in a page that replaces this one."""
        until = time.monotonic() + TIMEOUT
        while time.monotonic() < until:
            try:
                if self.evaluate(f"!!({expression})"):
                    return
            except Failed:
                pass  # the page is just being replaced
            time.sleep(0.02)
        raise Failed(f"never true: {expression}")

    def type(self, text):
        """Press the keys of characters, in turn."""
        for character in text:
            self.press(character)

    def press(self, key):
        """Press the key of a character, or one of KEYS."""
        about = {"key": key, "text": key}
        if key in KEYS:
            about = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        if key == "Enter":
            about["text"] = "\r"
        self.call("Input.dispatchKeyEvent", type="keyDown" if "text" in about else "rawKeyDown",
                  **about)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def problems(self):
        """Exceptions, and what stands in the console as a warning or error."""
        found = []
        for event in self.events:
            about = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(about["exceptionDetails"])
            elif event["method"] == "Log.entryAdded" and about["entry"]["level"] in (
                    "warning", "error"):
                found.append(about["entry"])
            elif event["method"] == "Runtime.consoleAPICalled":
                found.append(about["args"])
        return found

    def requests(self):
        """The URLs that were asked for."""
        return [event["params"]["request"]["url"] for event in self.events
                if event["method"] == "Network.requestWillBeSent"]

    def screenshot(self, path, whole=False):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
