// The panel of code to copy: a snippet for each way to use a picture.
import { buildLinks, buildPath } from "./api.js";
import { copy, h } from "./dom.js";
import { changeValues, formatQuery } from "./query.js";
import { SNIPPETS } from "./snippets.js";

const WIDTHS = [320, 480, 640, 960, 1280, 1920, 2560];
const TYPES = { avif: "image/avif", webp: "image/webp" };
const FALLBACK = "640";

export class Code {
  constructor(table, settings) {
    this.table = table;
    this.settings = settings;
    this.name = Object.keys(SNIPPETS)[0];
    this.choices = Object.keys(SNIPPETS).map((name) =>
      h("button", { type: "button", "aria-pressed": "false", onclick: () => this.choose(name) }, name),
    );
    this.text = h("code");
    this.element = h(
      "div",
      { class: "code" },
      h("div", { class: "segments", role: "group", "aria-label": "Kind of code" }, this.choices),
      h(
        "div",
        { class: "snippet" },
        h("pre", { tabIndex: 0, role: "group", "aria-label": "Code" }, this.text),
        h("button", { type: "button", class: "copy", onclick: () => copy(this.text.textContent) }, "Copy"),
      ),
    );
  }

  choose(name) {
    this.name = name;
    this.write();
  }

  async show(key, values, original, size) {
    const request = (this.request = {});
    const picture = await this.describe(key, values, original, size);
    if (this.request !== request) return;
    this.picture = picture;
    this.write();
  }

  write() {
    for (const button of this.choices) button.setAttribute("aria-pressed", String(button.textContent === this.name));
    if (this.picture) this.text.textContent = SNIPPETS[this.name](this.picture);
  }

  async describe(key, values, original, [width, height]) {
    const widths = WIDTHS.filter((each) => each <= (original.width || Infinity));
    if (!widths.length) widths.push(original.width);
    const ratio = values.has("w") && values.has("h") ? Number(values.get("h")) / Number(values.get("w")) : 0;
    const resize = (own, each) => changeValues(own, { w: String(each), h: ratio >= 0.01 && ratio < 100 ? String(Math.round(each * ratio)) : own.get("h") ?? "" });
    const sets = [values, ...Object.keys(TYPES).map((fm) => changeValues(values, { fm, auto: "" }))];
    const queries = sets.flatMap((own) => widths.map((each) => resize(own, each)));
    const plain = [values, resize(values, FALLBACK), changeValues(resize(values, FALLBACK), { fm: values.get("fm") ?? "jpg", auto: "" })];
    const dense = [1, 2].map((dpr) => changeValues(values, { dpr: String(dpr) }));
    const urls = await buildLinks(this.settings, key, [...queries, ...plain, ...dense].map(formatQuery));
    const entries = (at) => widths.map((each, number) => [urls[at * widths.length + number], each]);
    const rest = urls.slice(queries.length);
    return {
      origin: location.origin,
      path: buildPath(key, ""),
      key,
      values: new Map([...values].filter(([name]) => this.table.find(name))), // tags refuse others
      ratio,
      alt: original.alt || "",
      width,
      height,
      url: rest[0],
      small: rest[1],
      fallback: rest[2],
      entries: entries(0),
      formats: Object.values(TYPES).map((type, at) => ({ type, entries: entries(at + 1) })),
      densities: [[rest[3], 1], [rest[4], 2]],
    };
  }
}
