"""The playground in a real browser: controls, pictures, uploads, code, history, errors."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, Route, expect, sync_playwright

from origin_lambda.settings import read_policy
from origin_lambda.url.admission import expand_preset
from tests.support.hosted import unpack_playground
from tests.support.originals import draw
from tests.support.served import ORIGINALS, serve_folder

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
AXE: Final = Path(__file__).parents[2] / "edge/node_modules/axe-core/axe.min.js"
PATIENCE: Final = 30_000.0  # milliseconds
RED, LIME, BLUE, CYAN = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255)

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve plain colours: columns (600x200), rows (600x400), a logo and an animation."""
    folder = tmp_path_factory.mktemp("served")
    (folder / ORIGINALS / "flags").mkdir(parents=True)
    columns = Image.new("RGB", (600, 200), RED)
    columns.paste(LIME, (200, 0, 400, 200))
    columns.paste(BLUE, (400, 0, 600, 200))
    columns.save(folder / ORIGINALS / "flags" / "columns.png")
    rows = Image.new("RGB", (600, 400), RED)
    rows.paste(BLUE, (0, 200, 600, 400))
    rows.save(folder / ORIGINALS / "flags" / "rows of colour.png")
    (folder / ORIGINALS / "_layers").mkdir()
    Image.new("RGBA", (60, 30), (0, 255, 0, 255)).save(folder / ORIGINALS / "_layers" / "logo.png")
    frames = [Image.new("RGB", (60, 60), colour) for colour in (RED, LIME, BLUE)]
    frames[0].save(folder / ORIGINALS / "orbit.gif", save_all=True, append_images=frames[1:])
    with serve_folder(folder, {}) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
    expect.set_options(timeout=None)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty tab; fail at the end if a script or the page's policy reported an error."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert [each for each in problems if "Failed to load resource" not in each] == []


def open_editor(page: Page, base: str, picture: str) -> None:
    page.goto(f"{base}/_/#/{picture}")
    expect(page.get_by_role("region", name="Result")).to_have_attribute("aria-busy", "false")


def find_field(page: Page, name: str) -> Locator:
    """Return the field of a parameter; opens its group."""
    field = page.locator(f'[data-name="{name}"]')
    field.evaluate("field => field.closest('details').open = true")
    return field


def fill(page: Page, name: str, text: str) -> None:
    box = find_field(page, name).locator(f"#p-{name}")
    box.fill(text)
    box.press("Enter")


def drag(page: Page, handle: Locator, across: float, down: float) -> None:
    """Drag a handle by some CSS pixels."""
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across / 2, y + down / 2)
    page.mouse.move(x + across, y + down)
    page.mouse.up()


def read_pixel(page: Page, x: float, y: float) -> tuple[int, ...]:
    """Return the colour of the result at a place, as shares of its sides."""
    pixel: list[int] = page.evaluate(
        """([x, y]) => {
            const image = document.getElementById("result");
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const at = [x * canvas.width, y * canvas.height].map(Math.floor);
            return [...context.getImageData(...at, 1, 1).data].slice(0, 3);
        }""",
        [x, y],
    )
    return tuple(pixel)


def wait_for_size(page: Page, width: int, height: int) -> None:
    facts = page.get_by_label("Facts about the result")
    expect(facts).to_contain_text(f"{width} \u00d7 {height}")
    expect(page.get_by_role("region", name="Result")).to_have_attribute("aria-busy", "false")


def wait_for_pixel(page: Page, x: float, y: float, colour: tuple[int, ...]) -> None:
    for _ in range(600):
        if read_pixel(page, x, y) == pytest.approx(colour, abs=6):
            return
        page.wait_for_timeout(50)
    assert read_pixel(page, x, y) == pytest.approx(colour, abs=6)


def test_a_text_that_is_typed_while_a_picture_opens_stays(base: str, page: Page) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/originals.json?key=*", hold)
    with page.expect_request("**/originals.json?key=*"):
        page.goto(f"{base}/_/#/flags/rows%20of%20colour.png?w=300")
    box = find_field(page, "w").locator("#p-w")
    box.fill("200")

    waiting[0].continue_()
    wait_for_size(page, 300, 200)

    expect(box).to_have_value("200")
    box.press("Enter")
    wait_for_size(page, 200, 133)
    page.get_by_label("Undo").click()
    expect(box).to_have_value("300")


def test_ten_parameters_change_the_pixels_of_a_chosen_picture(base: str, page: Page) -> None:
    page.goto(f"{base}/_/")
    page.get_by_label("Search originals by key").fill("OF COL")
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_role("link", name="rows of colour.png").click()

    fill(page, "w", "200")
    fill(page, "h", "100")
    find_field(page, "fit").get_by_role("combobox").select_option("crop")
    find_field(page, "crop").get_by_role("checkbox", name="top", exact=True).check()
    find_field(page, "flip").get_by_role("combobox").select_option("v")
    fill(page, "pad", "10")
    fill(page, "bg", "lime")
    find_field(page, "invert").get_by_role("checkbox").check()
    find_field(page, "fm").get_by_role("combobox").select_option("png")
    fill(page, "dpr", "2")
    find_field(page, "sharp").get_by_role("slider").press("End")

    wait_for_size(page, 400, 200)
    assert page.get_by_label("URL of the picture").input_value() == (
        f"{base}/flags/rows%20of%20colour.png?w=200&auto=format&h=100&fit=crop&crop=top&flip=v"
        "&pad=10&bg=lime&invert=true&fm=png&dpr=2&sharp=100"
    )
    assert read_pixel(page, 0.01, 0.01) == LIME
    assert read_pixel(page, 0.5, 0.8) == CYAN
    assert read_pixel(page, 0.5, 0.2) == (255, 255, 0)


def test_the_crop_follows_the_focal_point(base: str, page: Page) -> None:
    open_editor(page, base, "flags/columns.png?w=100&h=100&fm=png")
    box = page.locator(".original .frame").bounding_box()
    assert box
    left, top = box["x"], box["y"]

    page.mouse.move(left + box["width"] / 2, top + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(left + 0.6 * box["width"], top + box["height"] / 2)
    page.mouse.move(left + 0.9 * box["width"], top + box["height"] / 2)
    page.mouse.up()

    wait_for_pixel(page, 0.5, 0.5, BLUE)
    expect(page.locator("#p-fp-x")).to_have_value("0.9")
    assert "fit=crop&crop=focalpoint" in page.get_by_label("URL of the picture").input_value()

    point = page.get_by_role("button", name=re.compile("Focal point at"))
    for _ in range(8):
        point.press("Shift+ArrowLeft")

    wait_for_pixel(page, 0.5, 0.5, RED)
    expect(page.locator("#p-fp-x")).to_have_value("0.1")


def test_a_rectangle_is_drawn_and_moved(base: str, page: Page) -> None:
    open_editor(page, base, "flags/columns.png?fm=png")
    page.get_by_role("button", name="Crop rectangle", exact=True).click()
    box = page.locator(".original .frame").bounding_box()
    assert box

    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.02 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.up()

    wait_for_pixel(page, 0.5, 0.5, BLUE)
    rectangle = page.get_by_role("button", name=re.compile("arrow keys move it, with Shift"))
    for _ in range(25):
        rectangle.press("ArrowLeft")

    wait_for_pixel(page, 0.5, 0.5, LIME)
    x, _y, width, _height = map(
        float, find_field(page, "rect").locator("input").evaluate_all("e => e.map(x => x.value)")
    )
    assert [x, width] == pytest.approx([0.45, 0.2], abs=0.01)

    drag(page, page.locator('[data-corner="lower-left"]'), -0.3 * box["width"], 0)

    wait_for_pixel(page, 0.1, 0.5, RED)
    expect(page.locator("#p-rect-width")).to_have_value(re.compile(r"^0\.(49|5)\d*$"))


def test_layers_are_dragged_on_the_result(base: str, page: Page) -> None:
    mark = (
        "mark=_layers/logo.png&mark-w=60&txt=I&txt-size=30&txt-color=f0f&txt-font=sans-serif,bold"
    )
    open_editor(page, base, f"flags/columns.png?w=600&fm=png&{mark}")
    watermark = page.get_by_role("button", name="Watermark at 535, 165")
    scale = page.locator("#result").evaluate("image => image.clientWidth / image.naturalWidth")

    drag(page, watermark, -500 * scale, -100 * scale)

    wait_for_pixel(page, 65 / 600, 80 / 200, LIME)
    x, y = (int(page.locator(f"#p-mark-{axis}").input_value()) for axis in "xy")
    assert [x, y] == pytest.approx([35, 65], abs=2)
    for _ in range(3):
        page.get_by_role("button", name=re.compile("Watermark at")).press("Shift+ArrowRight")
    expect(page.locator("#p-mark-x")).to_have_value(str(x + 60))

    page.get_by_role("button", name=re.compile("Text at")).press("ArrowLeft")
    page.get_by_role("button", name=re.compile("Text at")).press("ArrowRight")
    expect(page.locator("#p-txt-x")).not_to_have_value("")
    box = page.get_by_role("button", name=re.compile("Text at")).bounding_box()
    frame = page.locator(".result .frame").bounding_box()
    assert box
    assert frame
    centre = (box["x"] + box["width"] / 2 - frame["x"], box["y"] + box["height"] / 2 - frame["y"])
    wait_for_pixel(page, centre[0] / frame["width"], centre[1] / frame["height"], (255, 0, 255))


def test_an_uploaded_picture_is_ready_to_use(base: str, page: Page) -> None:
    page.goto(f"{base}/_/")
    files = page.get_by_label("choose files")
    heic: FilePayload = {"name": "Tom.heic", "mimeType": "image/heic", "buffer": draw("heic")}
    poem: FilePayload = {"name": "poem.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    files.set_input_files([heic, poem])

    uploads = page.get_by_role("list", name="Uploads").get_by_role("listitem")
    expect(uploads.filter(has_text="poem.jpg")).to_contain_text("not a picture")
    expect(uploads.filter(has_text="Tom.heic")).to_contain_text("Ready: 120 \u00d7 80 · HEIF")
    page.get_by_role("button", name="Edit").click()

    wait_for_size(page, 120, 80)
    expect(page.get_by_role("heading", name=re.compile("tom.heic$"))).to_be_visible()


def test_every_recipe_is_live_and_its_code_can_be_copied(base: str, page: Page) -> None:
    page.goto(f"{base}/_/")
    expect(page.get_by_text("Not ingested yet")).to_have_count(0)
    page.get_by_role("link", name="Recipes").click()
    expect(page.locator(".live")).to_have_count(9)
    page.wait_for_function(
        """() => {
            const waiting = [...document.querySelectorAll(".live img")].find((image) => !image.naturalWidth);
            waiting?.scrollIntoView();
            return !waiting;
        }"""
    )
    placeholder = page.locator("#placeholder img").first
    assert "data:image/png" in placeholder.evaluate(
        "image => getComputedStyle(image).backgroundImage"
    )

    page.get_by_role("button", name="Copy the HTML of Art direction").click()
    other = page.context.new_page()
    other.set_content(page.evaluate("navigator.clipboard.readText()"))

    other.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
    assert other.evaluate("document.images[0].clientWidth") == 1264  # the body of 1280 pixels
    assert "ar=5:2" in other.evaluate("document.images[0].currentSrc")
    other.set_viewport_size({"width": 390, "height": 844})
    other.wait_for_function("document.images[0].currentSrc.includes('ar=1:1')")


def test_an_error_is_shown_beside_its_control(base: str, page: Page) -> None:
    open_editor(page, base, "flags/columns.png?w=300")
    fill(page, "blur", "many")

    message = "blur accepts a whole number from 0 to 2000"
    expect(find_field(page, "blur").get_by_role("alert")).to_have_text(message)
    expect(page.get_by_role("region", name="Result").get_by_role("alert")).to_contain_text(message)

    fill(page, "blur", "5")

    wait_for_size(page, 300, 100)
    expect(find_field(page, "blur").locator(".error")).to_have_text("")


def test_the_address_restores_each_state(base: str, page: Page) -> None:
    open_editor(page, base, "flags/columns.png?w=300&fm=png")
    find_field(page, "flip").get_by_role("combobox").select_option("h")
    wait_for_pixel(page, 0.1, 0.5, BLUE)
    find_field(page, "invert").get_by_role("checkbox").check()
    wait_for_pixel(page, 0.1, 0.5, (255, 255, 0))

    page.get_by_role("button", name="Undo").click()
    wait_for_pixel(page, 0.1, 0.5, BLUE)
    expect(find_field(page, "invert").get_by_role("checkbox")).not_to_be_checked()
    page.go_back()
    wait_for_pixel(page, 0.1, 0.5, RED)
    page.get_by_role("button", name="Redo").click()
    page.go_forward()
    wait_for_pixel(page, 0.1, 0.5, (255, 255, 0))

    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(find_field(page, "invert").get_by_role("checkbox")).to_be_checked()
    expect(page.locator("#p-flip")).to_have_value("h")
    wait_for_size(page, 300, 100)
    wait_for_pixel(page, 0.1, 0.5, (255, 255, 0))


def test_a_pasted_url_sets_the_controls(base: str, page: Page) -> None:
    open_editor(page, base, "flags/columns.png?w=300")
    page.get_by_label("URL of the picture").fill(
        f"{base}/flags/columns.png?width=120&fit=crop&h=60&unknown=1&fm=png"
    )
    page.get_by_label("URL of the picture").press("Enter")

    wait_for_size(page, 120, 60)
    expect(page.get_by_text("Time by stage")).to_be_visible()
    expect(page.locator("#p-w")).to_have_value("120")
    expect(page.locator("#p-fit")).to_have_value("crop")
    expect(page.get_by_role("region", name="Result")).to_contain_text("no parameters: unknown")


def test_a_preset_is_kept_and_becomes_a_setting(base: str, page: Page) -> None:
    open_editor(page, base, "flags/columns.png?w=90&txt=it%27s&fm=png")
    page.get_by_role("tab", name="Presets").click()
    page.get_by_label("Name", exact=True).fill("a card")
    page.get_by_role("button", name="Save as a preset").click()
    expect(page.get_by_role("button", name="Use a card")).to_have_count(0)
    page.get_by_label("Name", exact=True).fill("card")
    page.get_by_role("button", name="Save as a preset").click()
    setting = page.get_by_label("Setting", exact=True).text_content()
    assert setting
    variable, _, value = shlex.split(setting)[0].partition("=")
    policy = read_policy({variable: value})
    assert expand_preset("preset=card", policy.presets).startswith("w=90&txt=it%27s&fm=png&")

    page.reload()
    open_editor(page, base, "flags/rows%20of%20colour.png?w=300&fm=png")
    page.get_by_role("tab", name="Presets").click()
    page.get_by_role("button", name="Use card").click()

    wait_for_size(page, 90, 60)
    page.get_by_role("button", name="Delete card").click()
    assert page.evaluate("localStorage.getItem('calotype-presets')") == "{}"


def test_every_format_is_weighed_and_can_be_chosen(base: str, page: Page) -> None:
    open_editor(page, base, "flags/columns.png?w=60")
    page.get_by_role("tab", name="Formats").click()
    cards = page.get_by_role("tabpanel", name="Formats").get_by_role("button")

    expect(cards).to_have_count(15)
    expect(cards.filter(has_text="B")).to_have_count(15)
    expect(page.locator(".is-smallest").first).to_be_visible()
    cards.filter(has_text="WEBP").filter(has_text="quality 60").click()

    expect(page.locator("#p-fm")).to_have_value("webp")
    expect(page.locator("#p-q")).to_have_value("60")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_inaccessible_or_wider_than_a_phone(base: str, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{base}/_/")
    expect(page.locator(".tile").first).to_be_visible()
    found = find_violations(page)
    width = page.evaluate("document.scrollingElement.scrollWidth")

    open_editor(page, base, "flags/columns.png?w=300&fp-x=0.2&q=x")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert found + find_violations(page) == []
    assert width <= 390
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    for path in ("/flags/columns.png?w=x", "/_/recipes", "/"):
        page.goto(base + path)
        assert find_violations(page) == []
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


def find_violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        """async () => (await axe.run()).violations.flatMap(
            ({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`))"""
    )
    return found


def test_an_error_page_leads_to_the_control(base: str, page: Page) -> None:
    page.goto(f"{base}/flags/columns.png?w=300&fit=cover")
    expect(page.get_by_role("heading")).to_contain_text("did you mean fit=crop?")
    page.get_by_role("link", name="Open in the playground").click()

    expect(find_field(page, "fit").get_by_role("alert")).to_contain_text("did you mean fit=crop?")
    find_field(page, "fit").get_by_role("combobox").select_option("crop")
    wait_for_size(page, 300, 100)


def test_a_deployment_has_the_page_without_a_server_behind_it(
    base: str, page: Page, tmp_path: Path
) -> None:
    answer = unpack_playground(tmp_path)

    def fulfil(route: Route) -> None:
        """Answer as CloudFront does with the function of `/_/*`; the edge has all other paths."""
        given = answer(urlsplit(route.request.url).path)
        route.fulfill(status=given["statusCode"], headers=given["headers"], body=given["body"])

    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.route("**/_/**", fulfil)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{base}/_/")
    key = page.get_by_label("Key of an original")
    expect(key).to_be_visible()
    expect(page.get_by_role("link")).to_have_text(["Calotype"])
    expect(page.get_by_text("Drop pictures here")).to_have_count(0)
    key.fill("flags/missing.png")
    key.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("No original has this key.")
    assert find_violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390

    key.fill("/flags/rows of colour.png")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("region", name="Original")).to_contain_text("600 \u00d7 400 · PNG")
    fill(page, "w", "120")
    find_field(page, "flip").get_by_role("combobox").select_option("v")
    find_field(page, "fm").get_by_role("combobox").select_option("png")

    wait_for_size(page, 120, 80)
    wait_for_pixel(page, 0.5, 0.2, BLUE)
    assert find_violations(page) == []
    page.get_by_role("region", name="Use it").get_by_role("button", name="Copy", exact=True).click()
    other = page.context.new_page()
    other.set_content(page.evaluate("navigator.clipboard.readText()"))
    other.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
    assert other.evaluate("document.images[0].naturalWidth") == 120
    missing = {
        path for path in asked if path.startswith("/_/") and answer(path)["statusCode"] != 200
    }
    assert missing == set()
