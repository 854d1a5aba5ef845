"""Debian's Chromium, driven by Selenium of .venv-serve."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.pipeline.graph import ROOT

SERVE = ROOT / ".venv-serve"  # the extra `serve`, and Selenium
SECONDS = 120  # until a page must show an answer
DROP = """
const bytes = Uint8Array.from(atob(arguments[1]), (one) => one.charCodeAt(0));
const carried = new DataTransfer();
carried.items.add(new File([bytes], "dropped", { type: "image/jpeg" }));
for (const kind of ["dragenter", "dragover", "drop"])
  arguments[0].dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried }));
"""


@contextmanager
def chromium(width: int = 1200, height: int = 1000) -> Iterator:
    """A selenium WebDriver."""
    if str(SERVE) not in sys.path:
        sys.path.append(str(SERVE))
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for each in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--window-size={width},{height}"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """The page of `mmner serve` at `address` in `driver`, by the ids of its parts."""

    def __init__(self, driver, address: str):
        self.driver = driver
        driver.get(address)
        self.wait("return document.getElementById('model').textContent")

    def __getitem__(self, name: str):
        return self.driver.find_element("id", name)

    def all(self, selector: str) -> list:
        return self.driver.find_elements("css selector", selector)

    def wait(self, script: str):
        """What `script` returns, once it is true."""
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, SECONDS).until(lambda driver: driver.execute_script(script))

    def write(self, text: str) -> None:
        """Put `text` into the post's field as pasting does: keys of ChromeDriver know no emoji."""
        self["text"].click()
        self.driver.execute_script("document.execCommand('selectAll')")
        self.driver.execute_script("document.execCommand('insertText', false, arguments[0])", text)

    def press(self, key: str, *, control: bool = False) -> None:
        """Press a key of selenium's Keys, such as TAB, wherever the focus is."""
        from selenium.webdriver import ActionChains, Keys

        keys = ActionChains(self.driver)
        held = keys.key_down(Keys.CONTROL) if control else keys
        pressed = held.send_keys(getattr(Keys, key))
        (pressed.key_up(Keys.CONTROL) if control else pressed).perform()

    def drop(self, image: str) -> None:
        """Drop a JPEG, given in base64, where images are dropped."""
        self.driver.execute_script(DROP, self["drop"], image)

    def answered(self) -> str:
        """What the page says once it has an answer or an error."""
        self.wait("return !document.getElementById('send').disabled && document.getElementById('said').textContent")
        return self["said"].text

    def screenshot(self, file, width: int) -> None:
        """The whole page, as a window of `width` shows it."""
        self.driver.set_window_size(width, 1000)
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        self.driver.set_window_size(width, height + 200)
        assert self.driver.save_screenshot(str(file))
