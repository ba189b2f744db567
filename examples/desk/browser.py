# SPDX-License-Identifier: PostgreSQL
"""browser.py: one person with a browser of their own, for check.py.

To know first: whatever is looked for is waited for, and a wait that ends without it says whose it was.
"""
import shutil
import tempfile

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 60
DESKTOP, PHONE = (1280, 820), (375, 800)
PICTURES = "build/desk"


class Browser:
    """One person with a browser of their own."""

    def __init__(self, address, me):
        self.folder = tempfile.mkdtemp(prefix="desk.")
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # Neither root nor a user in a chroot can have Chromium's sandbox, and the only page it shows is ours.
        for switch in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "hide-scrollbars",
                       "lang=en", f"user-data-dir={self.folder}"):
            options.add_argument(f"--{switch}")
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.address, self.me = address, me
        self.screen(*DESKTOP)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, week, view="rooms"):
        self.driver.get("about:blank")
        fragment = "" if view == "rooms" else f"#{view}"  # Tab begins behind the target of a fragment
        self.driver.get(f"{self.address}?week={week}&me={self.me}{fragment}")
        self.until(lambda: self.find("#link.live"))
        self.until(lambda: self.run("return performance.getEntriesByName('drawn').length"))

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css):
        return self.until(lambda: self.find(css), f"there is no {css}")[0]

    def until(self, is_so, what="it did not come"):
        drawn_again = [StaleElementReferenceException]
        return WebDriverWait(self.driver, PATIENCE, 0.02, drawn_again).until(lambda _: is_so(), f"{self.me}: {what}")

    def slot(self, day, hour):
        return f"#grid tbody tr:nth-child({hour - 7}) td:nth-child({day + 2}) button"

    def click(self, css):
        self.one(css)
        self.run("document.querySelectorAll('.told').forEach((told) => told.replaceChildren());"
                 "document.querySelector(arguments[0]).click()", css)

    def choose(self, css, value):
        self.run("const one = document.querySelector(arguments[0]); one.value = arguments[1];"
                 "one.dispatchEvent(new Event('change'))", css, value)

    def click_when(self, text):
        """Clicks the button of a hold."""
        self.one(".hold button")
        self.run("document.querySelector('#told').replaceChildren(); [...document.querySelectorAll('.hold button')]"
                 ".find((button) => button.textContent === arguments[0]).click()", text)

    def told(self):
        """What the last click came to: (whether it was refused, the words)."""
        words = self.one(".told > p")
        return self.run("return [arguments[0].parentElement.id === 'refused', arguments[0].textContent]", words)

    def label(self, css):
        return self.one(css).get_attribute("aria-label")

    def until_label(self, css, end):
        self.until(lambda: self.label(css).endswith(end), f"no label that ends with: {end}")

    def screen(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def dark(self, is_dark):
        scheme = "dark" if is_dark else "light"
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def picture(self, name, with_words=False):
        self.until(lambda: not self.find(".asking"))
        self.run("document.activeElement.blur(); document.getAnimations().forEach((one) => one.finish());"
                 "if (!arguments[0]) document.querySelectorAll('.told').forEach((one) => one.replaceChildren())",
                 with_words)
        self.driver.save_screenshot(f"{PICTURES}/{name}.png")
