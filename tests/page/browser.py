"""A headless Chromium that shows a page and tells everything the page did: messages, requests, errors."""
import json
import shutil
import time
from contextlib import contextmanager

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


def missing():
    """Why there is no browser to test with, or an empty string."""
    if webdriver is None:
        return "python3-selenium is not installed"
    if not CHROMIUM:
        return "chromium is not installed"
    return "" if DRIVER else "chromedriver (package chromium-driver) is not installed"


class Browser:
    def __init__(self, downloads=None):
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                         "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_script_timeout(120)
        self.driver.set_page_load_timeout(120)
        self.downloads = downloads
        if downloads:
            self.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def close(self):
        self.driver.quit()

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def show(self, file, width=1600, dark=False, fragment="", wait=True):
        """Loads the page; with `wait`, until its charts are drawn."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.driver.get("about:blank")
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.driver.get(file.as_uri() + fragment)
        if wait:
            self.settle()

    def settle(self, limit=150):
        """Waits until the charts stand still."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if self.js("const d = document.documentElement.dataset; return d.ready === 'yes' && d.charts !== 'drawing' && d.charts !== undefined"):
                return
            time.sleep(0.02)
        raise AssertionError(f"the page did not settle: {self.messages()}")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def messages(self):
        """What the console said, violations of the content security policy among it."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def worked(self):
        """Seconds of processor time that the page took since it was loaded, whatever else the machine does."""
        self.command("Performance.enable", timeDomain="threadTicks")
        return next(entry["value"] for entry in self.command("Performance.getMetrics")["metrics"] if entry["name"] == "TaskDuration")

    def requests(self):
        """Every address asked for since show(), but the page itself and what it made of its own text."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("data:", "blob:", "about:")) and not (url.startswith("file:") and message["params"].get("type") == "Document"):
                    asked.append(url)
        return asked

    def picture(self, file, height=None, selector=None):
        """The whole page as PNG, or the part that a selector names."""
        box = self.js("""const node = arguments[0] ? document.querySelector(arguments[0]) : document.documentElement;
            const place = node.getBoundingClientRect();
            return [place.x + scrollX, place.y + scrollY, place.width, arguments[0] ? place.height : document.documentElement.scrollHeight]""", selector)
        import base64
        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True,
                            clip={"x": box[0], "y": box[1], "width": box[2], "height": min(box[3], height or 20000), "scale": 1})
        file.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser(downloads=None):
    one = Browser(downloads)
    try:
        yield one
    finally:
        one.close()
