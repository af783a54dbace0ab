// The gallery: every original as a tile, with a search by key, and pages.
import { searchOriginals } from "./api.js";
import { debounce, h } from "./dom.js";
import { describe, Uploads } from "./upload.js";

const PAGE = 48;
const AGAIN = 2000; // milliseconds

export class Gallery {
  /** *navigate(search, page)* changes the address; *choose(key)* opens an original. */
  constructor(settings, navigate, choose) {
    this.navigate = navigate;
    this.uploads = new Uploads(settings, () => this.load(), choose);
    this.input = h("input", {
      type: "search", id: "search", placeholder: "Search by key", "aria-label": "Search originals by key",
      oninput: debounce(() => this.navigate(this.input.value.trim(), 1), 200),
    });
    this.count = h("p", { class: "note", role: "status" });
    this.tiles = h("ul", { class: "tiles", "aria-label": "Originals", role: "list" });
    this.pages = h("nav", { class: "pages", "aria-label": "Pages" });
    this.element = h(
      "div",
      { class: "gallery" },
      h(
        "div",
        { class: "intro" },
        h("h1", {}, "Choose a picture"),
        h("p", {}, "Try every size, crop, look and format, and copy the tag for your page."),
      ),
      this.uploads.element,
      h("div", { class: "gallery-head" }, this.input, this.count),
      this.tiles,
      this.pages,
    );
  }

  async show(search, page) {
    this.search = search;
    this.page = page;
    if (document.activeElement !== this.input) this.input.value = search;
    if (!this.tiles.children.length) this.tiles.replaceChildren(...Array.from({ length: 8 }, buildSkeleton));
    await this.load();
  }

  async load() {
    const { search = "", page = 1 } = this;
    let found;
    try {
      found = await searchOriginals(search, PAGE * (page - 1), PAGE);
    } catch (error) {
      this.count.textContent = `The originals cannot be read: ${error.message}`;
      return;
    }
    if (search !== (this.search ?? "") || page !== (this.page ?? 1)) return;
    this.count.textContent = `${found.count} ${found.count === 1 ? "original" : "originals"}`;
    this.showTiles(found.originals, search);
    this.showPages(Math.ceil(found.count / PAGE));
    this.waitForIngest(found.originals);
  }

  /** Replaces the tiles of originals that have changed, so that the others do not flicker. */
  showTiles(originals, search) {
    const shown = new Map([...this.tiles.children].map((tile) => [tile.dataset.original, tile]));
    const tiles = originals.map((original) => {
      const tile = shown.get(JSON.stringify(original)) ?? buildTile(original);
      tile.dataset.original = JSON.stringify(original);
      return tile;
    });
    this.tiles.replaceChildren(...(tiles.length ? tiles : [buildEmpty(search)]));
  }

  /** Looks again while some originals are not ingested, as long as the gallery is shown. */
  waitForIngest(originals) {
    clearTimeout(this.timer);
    const isWaiting = originals.some(({ status }) => status === "new" || status === "pending");
    if (isWaiting) this.timer = setTimeout(() => this.element.isConnected && this.load(), AGAIN);
  }

  showPages(last) {
    const link = (page, text) =>
      h("button", { type: "button", disabled: page < 1 || page > last, onclick: () => this.navigate(this.search, page) }, text);
    this.pages.hidden = last < 2;
    this.pages.replaceChildren(
      link(this.page - 1, "Previous"),
      h("span", {}, `Page ${this.page} of ${last}`),
      link(this.page + 1, "Next"),
    );
  }
}

/** Returns a tile without a picture, as high as one with it. */
const buildSkeleton = () =>
  h("li", { class: "skeleton" }, h("span", { class: "picture" }), h("span", { class: "caption" }, h("span", {}, "\u00a0"), h("span", { class: "note" }, "\u00a0")));

function buildEmpty(search) {
  const text = search
    ? `No original has “${search}” in its key.`
    : "This folder has no picture yet. Drop one above, or add a file to the folder.";
  return h("li", { class: "empty" }, text);
}

function buildTile(original) {
  const name = original.key.split("/").pop();
  const folder = original.key.slice(0, -name.length);
  const caption = h(
    "span",
    { class: "caption" },
    h("span", { class: "key" }, folder ? h("span", { class: "folder" }, folder) : null, name),
    h("span", { class: "note" }, original.reason ?? (describe(original) || "Not ingested yet")),
  );
  if (original.status === "rejected") return h("li", { class: "tile is-refused" }, h("span", { class: "picture" }, "Refused"), caption);
  const image = h("img", { alt: original.alt || "", loading: "lazy", width: 400, height: 300, class: original.isWhole ? "is-whole" : "" });
  if (original.placeholder) image.style.backgroundImage = `url(${original.placeholder})`;
  image.addEventListener("load", () => (image.style.backgroundImage = ""));
  image.src = original.tile;
  const href = `#/${original.key.split("/").map(encodeURIComponent).join("/")}?w=800&auto=format`;
  return h("li", { class: "tile" }, h("a", { href }, h("span", { class: "picture" }, image), caption));
}
