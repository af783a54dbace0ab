// Presets: values with a name, kept in this browser, and the setting with which a server has them.
import { announce, copy, h } from "./dom.js";
import { changeValues, formatQuery, parseQuery } from "./query.js";

const STORE = "calotype-presets";
const NAME = "[A-Za-z0-9._\\-]{1,64}"; // as origin_lambda/url/admission.py accepts them
const ABSENT = { preset: "", expires: "" }; // no part of a preset

export class Presets {
  /** *apply* is called with the values of a chosen preset. */
  constructor(table, apply) {
    this.table = table;
    this.apply = apply;
    this.saved = read();
    this.name = h("input", {
      id: "preset-name", type: "text", required: true, pattern: NAME, autocomplete: "off", spellcheck: false,
      placeholder: "card", title: "1 to 64 letters, digits, '.', '_' or '-'",
    });
    this.list = h("ul", { class: "presets", "aria-label": "Saved presets", role: "list" });
    this.setting = h("code");
    this.output = h(
      "div",
      {},
      h("p", { class: "note" }, "The setting of a deployment, or of ", h("code", {}, "calotype serve"), ". Then a URL can say ", this.example = h("code"), "."),
      h(
        "div",
        { class: "snippet" },
        h("pre", { tabIndex: 0, role: "group", "aria-label": "Setting" }, this.setting),
        h("button", { type: "button", class: "copy", onclick: () => copy(this.setting.textContent) }, "Copy"),
      ),
    );
    this.element = h(
      "div",
      {},
      h("p", { class: "note" }, "A preset is a name for parameters. Save those of this picture to use them with others."),
      h(
        "form",
        { class: "save", onsubmit: (event) => this.save(event) },
        h("label", { for: "preset-name" }, "Name"),
        this.name,
        h("button", { type: "submit" }, "Save as a preset"),
      ),
      this.list,
      this.output,
    );
    this.write();
  }

  show(values) {
    this.values = values;
  }

  save(event) {
    event.preventDefault();
    const name = this.name.value;
    this.saved = { ...this.saved, [name]: formatQuery(changeValues(this.values, ABSENT)).replace(/'/g, "%27") };
    this.name.value = "";
    this.write();
    announce(`${name} is saved in this browser`);
  }

  remove(name) {
    const { [name]: removed, ...rest } = this.saved;
    this.saved = rest;
    this.write();
    announce(`${name} is deleted`);
    this.name.focus();
  }

  write() {
    const names = Object.keys(this.saved);
    try {
      localStorage.setItem(STORE, JSON.stringify(this.saved));
    } catch {
      // The browser stores nothing for this page: the presets end with it.
    }
    this.list.replaceChildren(...names.map((name) => this.buildItem(name)));
    this.output.hidden = !names.length;
    this.example.textContent = `?preset=${names.at(-1)}`;
    this.setting.textContent = `PRESETS='${JSON.stringify(this.saved, null, 1).replace(/\n */g, " ")}'`;
  }

  buildItem(name) {
    const query = this.saved[name];
    return h(
      "li",
      {},
      h("button", { type: "button", "aria-label": `Use ${name}`, onclick: () => this.apply(parseQuery(this.table, query)) }, name),
      h("code", { class: "note" }, query),
      h("button", { type: "button", class: "quiet", "aria-label": `Delete ${name}`, onclick: () => this.remove(name) }, "×"),
    );
  }
}

function read() {
  try {
    const saved = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return Object.fromEntries(Object.entries(saved).filter(([, query]) => typeof query === "string"));
  } catch {
    return {};
  }
}
