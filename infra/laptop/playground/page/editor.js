// The editor of one picture: its URL, the original, the result, the controls, and code to copy.
import { buildLinks, buildPath, readOriginal, searchOriginals } from "./api.js";
import { Code } from "./code.js";
import { Controls } from "./controls.js";
import { copy, debounce, h } from "./dom.js";
import { Formats } from "./formats.js";
import { OriginalPane } from "./original.js";
import { Presets } from "./presets.js";
import { changeValues, formatQuery, parseQuery } from "./query.js";
import { load, ResultPane } from "./result.js";

const WAIT = 120; // milliseconds after the last change
const PREVIEW = "w=1200&auto=format";
const MOST_KEYS = 60;
const START = [["w", "800"], ["auto", "format"]];

export class Editor {
  /** *navigate(key, values, name)* changes the address; *name* is of the parameter that changed. */
  constructor(table, settings, navigate) {
    this.table = table;
    this.settings = settings;
    this.navigate = navigate;
    this.controls = new Controls(table, (name, text) => this.change({ [name]: text }, name), listKeys);
    this.original = new OriginalPane((changes) => this.change(changes, Object.keys(changes)[0]));
    this.result = new ResultPane(table, (changes) => this.change(changes, Object.keys(changes)[0]));
    this.formats = new Formats(table, settings, (changes) => this.change(changes, "fm"));
    this.code = new Code(table, settings);
    this.presets = new Presets(table, (values) => this.navigate(this.key, values, "preset"));
    this.address = h("input", {
      id: "url", type: "text", spellcheck: false, autocomplete: "off", "aria-label": "URL of the picture",
      oninput: debounce(() => this.readUrl(), 400),
      onchange: () => this.readUrl(),
    });
    this.element = h(
      "div",
      { class: "editor" },
      this.buildBar(),
      h("div", { class: "viewer" }, this.original.element, this.result.element),
      this.controls.element,
      this.buildOutput(),
    );
    this.update = debounce(() => this.render(), WAIT);
  }

  buildBar() {
    this.open = h("a", { class: "button", target: "_blank", rel: "noreferrer" }, "Open");
    return h(
      "div",
      { class: "bar" },
      this.address,
      h("button", { type: "button", onclick: () => copy(this.url) }, "Copy URL"),
      this.open,
      h("button", { type: "button", class: "quiet", onclick: () => this.reset() }, "Reset"),
    );
  }

  buildOutput() {
    const panels = [["Code", this.code.element], ["Formats", this.formats.element], ["Presets", this.presets.element]];
    this.tabs = panels.map(([name, panel], at) => {
      panel.id = `panel-${name}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-label", name);
      return h("button", {
        type: "button", role: "tab", id: `tab-${name}`, "aria-controls": panel.id,
        onclick: () => this.showPanel(at),
        onkeydown: (event) => {
          if (!/^Arrow(Left|Right)$/.test(event.key)) return;
          const next = (at + (event.key === "ArrowLeft" ? panels.length - 1 : 1)) % panels.length;
          this.showPanel(next);
          this.tabs[next].focus();
        },
      }, name);
    });
    this.panels = panels.map(([, panel]) => panel);
    return h(
      "section",
      { class: "output", "aria-label": "Use it" },
      h("div", { class: "tabs", role: "tablist", "aria-label": "Use it" }, this.tabs),
      this.panels,
    );
  }

  showPanel(at) {
    this.panel = at;
    this.tabs.forEach((tab, each) => {
      tab.setAttribute("aria-selected", String(each === at));
      tab.tabIndex = each === at ? 0 : -1;
      this.panels[each].hidden = each !== at;
    });
    if (at === 1 && this.facts) this.formats.show(this.key, this.values);
    else this.formats.stop();
  }

  change(changes, name) {
    this.navigate(this.key, changeValues(this.values, changes), name);
  }

  reset() {
    this.navigate(this.key, new Map(START), "reset");
  }

  /** Takes over a URL that was typed or pasted, if it is one of this server. */
  readUrl() {
    if (this.address.value === this.url) return;
    let url;
    try {
      url = new URL(this.address.value, location.origin);
    } catch {
      return;
    }
    const key = decodeURIComponent(url.pathname.slice(1));
    if (key) this.navigate(key, parseQuery(this.table, url.search), "url");
  }

  /** Shows a picture with values. */
  async show(key, values) {
    this.values = values;
    if (document.activeElement !== this.address) this.address.value = location.origin + buildPath(key, formatQuery(values));
    if (key !== this.key) {
      this.facts = { key };
      this.controls.show(values);
      await this.choose(key);
      if (this.values !== values) return;
    }
    this.original.show(values);
    this.presets.show(values);
    this.controls.show(values, Math.max(this.facts.width ?? 0, this.facts.height ?? 0));
    this.update();
  }

  async choose(key) {
    this.key = key;
    this.facts = { key };
    this.result.showBusy();
    const [facts, [preview]] = await Promise.all([
      readOriginal(key).catch(() => ({ key })),
      buildLinks(this.settings, key, [PREVIEW]),
    ]);
    if (this.key !== key) return;
    this.facts = facts;
    this.original.showOriginal(facts, preview);
    if (this.panel === undefined) this.showPanel(0);
  }

  async render() {
    this.aborter?.abort();
    const { signal } = (this.aborter = new AbortController());
    const { key, values } = this;
    this.result.showBusy();
    try {
      const geometry = this.result.selectGeometry(values);
      const [url, before] = await buildLinks(this.settings, key, [values, geometry].map(formatQuery));
      this.url = this.open.href = url;
      if (document.activeElement !== this.address) this.address.value = url;
      const loaded = await load(url, signal);
      if (signal.aborted) return;
      this.controls.showError(loaded.error?.param, loaded.error?.message);
      if (loaded.error) return void this.result.showError(loaded.error);
      this.result.setBefore(before);
      await this.result.show(loaded, this.facts);
      const size = [this.result.image.naturalWidth, this.result.image.naturalHeight];
      if (signal.aborted) return;
      this.showOutput(key, values, size);
      if (this.values === values) await this.result.layers.show(values, size);
    } catch (error) {
      if (error.name !== "AbortError") this.result.showError(error);
    }
  }

  showOutput(key, values, size) {
    this.code.show(key, values, this.facts, size);
    if (this.panel === 1) this.formats.show(key, values);
  }
}

/** Returns the keys that a layer can use, for suggestions. */
async function listKeys() {
  const { originals } = await searchOriginals("", 0, MOST_KEYS).catch(() => ({ originals: [] }));
  return originals.map((original) => original.key);
}

export const startValues = () => new Map(START);
