"""Finds every control that is on screen and tries it: its name, Tab, mouse, Enter, a finger. Nothing is listed here.

A control is what a reader can press, type into or choose from. Rows of a list that differ in nothing but their content
(same parent, tag and class) are one kind, of which one is tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from at_rest import PRINT, wait_for_rest
from playwright.sync_api import ElementHandle, Page, Position
from playwright.sync_api import Error as BrowserError

SMALLEST_TARGET = 44
"""CSS pixels each way: what a finger hits (WCAG 2.5.5)."""
SOON_MS = 20_000
"""What a control does must show by then: only those that do nothing take so long."""
LOOK_EVERY_MS = 20
LOOKS_AT_ONCE = 10

CONTROLS = """
(() => {
  const found = "button, a[href], input, select, textarea, summary, [role=button], [role=tab], [role=option],"
    + " [role=slider], [role=application], [tabindex='0']";
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled
    && element.getBoundingClientRect().width > 0 && element.closest("[aria-hidden=true], [inert]") === null
    && (document.querySelector("dialog:modal") === null || element.closest("dialog:modal") !== null);
  const groupOf = (element) => {
    if (element.id !== "") return `#${element.id.replace(/\\d+/g, "N")}`;
    const kind = element.classList.length > 0 ? `.${element.classList[0]}` : "";
    const above = element.parentElement?.closest("[id]");
    return `${above ? `#${above.id} ` : ""}${element.localName}${kind}`;
  };
  const keyOf = (element) => {
    const value = element.dataset.value ?? element.dataset.way ?? null;
    if (value !== null) return `${groupOf(element)}[${value}]`;
    if (element.id !== "" || element.classList.length > 0) return groupOf(element);
    const word = element.getAttribute("aria-label") ?? element.textContent.trim().split(/\\s*[:,]/)[0];
    return `${groupOf(element)} "${word}"`;
  };
  const nameOf = (element) => [
    element.getAttribute("aria-label") ?? "",
    ...(element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent),
    ...[...(element.labels ?? [])].map((label) => label.textContent),
    element.matches("select, input, textarea") ? "" : element.textContent,
  ].join(" ").trim();
  const isTabbed = (element) => {
    if (element.tabIndex >= 0) return true;
    if (element.matches("[role=tab]")) {  // one of the row is; arrows lead from it to the others
      return element.closest("[role=tablist]")?.querySelector("[role=tab][tabindex='0']") !== null;
    }
    const list = element.closest("[role=listbox]");  // a combobox leads to its options
    return list !== null && document.querySelector(`[aria-controls="${list.id}"]`) !== null;
  };
  const isPressed = (element) => ["aria-pressed", "aria-selected", "aria-current"].some(
    (name) => ![null, "false"].includes(element.getAttribute(name)));
  const reach = (element, dx, dy) => {
    const box = element.getBoundingClientRect();
    const at = [box.left + box.width / 2, box.top + box.height / 2];
    let far = 0;
    while (far < 60) {
      const hit = document.elementFromPoint(at[0] + dx * (far + 1), at[1] + dy * (far + 1));
      const isHit = hit !== null && (element.contains(hit) || [...(element.labels ?? [])].some((l) => l.contains(hit)));
      if (!isHit) break;
      far += 1;
    }
    return far;
  };
  const targetOf = (element) => {
    const { width, height } = element.getBoundingClientRect();
    if (width >= SMALLEST && height >= SMALLEST) return [width, height];
    element.scrollIntoView({ block: "center", inline: "center" });
    return [
      Math.max(width, 1 + reach(element, 1, 0) + reach(element, -1, 0)),
      Math.max(height, 1 + reach(element, 0, 1) + reach(element, 0, -1)),
    ];
  };
  /** A link within a sentence is as high as its line. */
  const isInline = (element) => element.localName === "a" && getComputedStyle(element).display === "inline";
  return {
    all: () => [...document.querySelectorAll(found)].filter(isSeen),
    groupOf, keyOf, nameOf, isTabbed, isPressed, targetOf, isInline,
  };
})()
""".replace("SMALLEST", str(SMALLEST_TARGET))

LOOK = (
    "(isTouch) => { const walk = "
    + CONTROLS
    + """;
  return walk.all().map((element) => ({
    key: walk.keyOf(element), group: walk.groupOf(element), name: walk.nameOf(element), tag: element.localName,
    role: element.getAttribute("role") ?? "", type: element.type ?? "", is_tabbed: walk.isTabbed(element),
    target: isTouch && !walk.isInline(element) ? walk.targetOf(element) : null,
  })); }"""
)
FIND = (
    "([key, isFree]) => { const walk = "
    + CONTROLS
    + """;
  const same = walk.all().filter((element) => walk.keyOf(element) === key);
  const free = same.filter((element) => !walk.isPressed(element));
  if (!isFree) return (free[1] ?? free[0] ?? same[0]) ?? null;
  if (free.length > 0) return null;
  const group = same[0] === undefined ? null : walk.groupOf(same[0]);
  const others = walk.all().filter((element) =>
    (element.parentElement === same[0]?.parentElement || walk.groupOf(element) === group) && !walk.isPressed(element)
      && element.localName === same[0]?.localName);
  return others[0] ?? null; }"""
)
REMEMBER = f"(own) => {{ window.seenBefore = ({PRINT})(own); }}"
IS_CHANGED = f"""
async ([own, looks, everyMs]) => {{
  for (let look = 0; look < looks; look += 1) {{
    if (({PRINT})(own) !== window.seenBefore) return true;
    await window.pauseOf(everyMs);
  }}
  return false;
}}
"""


@dataclass(frozen=True)
class Control:
    """One control as it is on screen; `target` is what a finger hits, None where that was not asked."""

    key: str
    group: str
    name: str
    tag: str
    role: str
    type: str
    is_tabbed: bool
    target: tuple[float, float] | None

    @property
    def is_named(self) -> bool:
        """Its name has a letter or a digit: a sign alone is read as nothing."""
        return any(letter.isalnum() for letter in self.name)

    @property
    def is_large(self) -> bool:
        return self.target is None or min(self.target) >= SMALLEST_TARGET

    @property
    def is_field(self) -> bool:
        return self.tag in ("select", "textarea") or (self.tag == "input" and self.type != "button")

    @property
    def is_tried(self) -> bool:
        """Links lead out of the page, a panel scrolls, and the chart moves its canvases, not the document."""
        return self.tag != "a" and self.role not in ("application", "tabpanel") and (self.role or self.tag in TRIED)


TRIED = ("button", "input", "select", "textarea", "summary")


def controls(page: Page, is_touch: bool = False) -> list[Control]:
    """All controls on screen, in the order of the document."""
    rows: list[dict[str, Any]] = page.evaluate(LOOK, is_touch)
    return [Control(**{**row, "target": None if row["target"] is None else tuple(row["target"])}) for row in rows]


def focused(page: Page) -> str | None:
    """The control that has the focus; None where the page has it."""
    key: str | None = page.evaluate(
        f"() => document.activeElement === document.body ? null : ({CONTROLS}).keyOf(document.activeElement)"
    )
    return key


def find(page: Page, key: str) -> ElementHandle | None:
    """One of that kind, rather one that is not pressed already."""
    return page.evaluate_handle(FIND, [key, False]).as_element()


class Trier:
    """Uses controls of a page, and remembers what it has asked the server and saved."""

    def __init__(self, page: Page, soon_ms: int = SOON_MS) -> None:
        self.page = page
        self.soon_ms = soon_ms
        self.asked: set[str] = set()
        self.saved: list[str] = []
        page.on("request", lambda request: self.asked.add(request.url))
        page.on("download", lambda file: self.saved.append(file.suggested_filename))

    def does_something(self, control: Control, way: str) -> bool:
        """Whether the page is another one after the control was used by `mouse`, `key` or `touch`.

        A field outside a form must do more than hold its value: change the page, or ask what was not asked before.
        """
        other = self.page.evaluate_handle(FIND, [control.key, True]).as_element()
        if other is not None and control.role != "option":  # the only one is pressed: another of its group first
            other.evaluate("element => element.click()")
        while (element := self._shown(control)) is not None:
            try:
                return self._is_changed_by(element, control, way)
            except BrowserError:
                if element.evaluate("element => element.isConnected"):
                    return False
                # It was drawn anew meanwhile: what stands in its place is tried.
        return False

    def _shown(self, control: Control) -> ElementHandle | None:
        """Lists that are filled again after the page went back take their time; None: it does not come."""
        for _ in range(self.soon_ms // LOOK_EVERY_MS):
            element = find(self.page, control.key)
            if element is not None:
                return element
            self.page.wait_for_timeout(LOOK_EVERY_MS)
        return None

    def _is_changed_by(self, element: ElementHandle, control: Control, way: str) -> bool:
        page = self.page
        # What went before may still come: it would be taken for the control's, undo it, or move it off the screen.
        wait_for_rest(page)
        element.scroll_into_view_if_needed(timeout=self.soon_ms)
        if way == "mouse":
            element.hover(timeout=self.soon_ms)
        page.evaluate(REMEMBER, element)
        asked, saved = len(self.asked), len(self.saved)
        _use(page, element, control, way, self.soon_ms)
        for _ in range(self.soon_ms // (LOOK_EVERY_MS * LOOKS_AT_ONCE)):
            if page.evaluate(IS_CHANGED, [element, LOOKS_AT_ONCE, LOOK_EVERY_MS]):
                return True
            if (control.is_field and len(self.asked) > asked) or len(self.saved) > saved:
                return True
        return False


def _use(page: Page, element: ElementHandle, control: Control, way: str, soon_ms: int) -> None:
    """As a reader would."""
    if control.tag == "select":
        if way == "key":
            element.focus()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
        else:
            other = element.evaluate("field => [...field.options].find(each => !each.selected)?.value ?? field.value")
            element.select_option(other)
        return
    if control.role == "slider":
        _slide(page, element, way)
        return
    if control.type == "range":
        box = element.bounding_box()
        assert box is not None
        # On the half where its thumb is not: pressing the thumb moves nothing.
        is_low = element.evaluate("field => field.valueAsNumber < (Number(field.min) + Number(field.max)) / 2")
        there: Position = {"x": box["width"] * (0.75 if is_low else 0.25), "y": box["height"] / 2}
        if way == "key":
            element.focus()
            page.keyboard.press("PageUp")
        elif way == "mouse":
            element.click(position=there, timeout=soon_ms)
        else:
            element.tap(position=there, timeout=soon_ms)
        return
    if way == "key":
        element.focus()
    elif way == "mouse":
        element.click(timeout=soon_ms)
    else:
        element.tap(timeout=soon_ms)
    if control.is_field and control.type not in ("checkbox", "radio"):
        page.keyboard.type("1")
        if control.role == "" and element.evaluate("field => field.form === null"):
            page.keyboard.press("Enter")
    elif way == "key":
        page.keyboard.press("Space" if control.type in ("checkbox", "radio") else "Enter")


def _slide(page: Page, element: ElementHandle, way: str) -> None:
    """A slider that is no field: arrows move its value, a pointer or a finger drags it."""
    if way == "key":
        element.focus()
        page.keyboard.press("ArrowUp")
        return
    # In sight is not enough: its middle may lie under the head, which stays at the top.
    element.evaluate("element => element.scrollIntoView({ block: 'center' })")
    box = element.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    far = y - max(box["height"] / 4, 30)
    if way == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, far)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchMove", [{"x": x, "y": far}]), ("touchEnd", [])):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.detach()
