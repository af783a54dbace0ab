// The controls of all parameters, built from the table: groups that open, with a filter.
import { formatText, h } from "./dom.js";
import { buildControl } from "./kinds.js";
import { describeClause, findUnmet } from "./needs.js";

const PIXELS = 1000; // a bound above this is in pixels: the slider then ends at the original's size
const OPEN = matchMedia("(min-width: 900px)").matches ? ["size", "cropping", "output"] : ["size"];

export class Controls {
  /**
   * *change* is called with a parameter's name and its new text. *listKeys* resolves to the keys of
   * originals.
   */
  constructor(table, change, listKeys) {
    this.table = table;
    this.change = change;
    this.listKeys = listKeys;
    this.longest = 2000;
    this.fields = new Map();
    this.groups = table.groups.map((group) => this.buildGroup(group));
    const filter = h("input", {
      type: "search",
      id: "filter",
      placeholder: "Find a parameter",
      "aria-label": "Find a parameter",
      oninput: () => this.filter(filter.value),
    });
    this.nothing = h("p", { class: "empty", hidden: true }, "No parameter has this name or text.");
    this.element = h(
      "section",
      { class: "controls", "aria-label": "Parameters" },
      h("div", { class: "filter" }, filter),
      this.nothing,
      this.groups.map((group) => group.element),
    );
  }

  buildGroup(group) {
    const count = h("span", { class: "count" });
    const fields = group.parameters.map((row) => this.buildField(row));
    const element = h(
      "details",
      { class: "group", open: OPEN.includes(group.name), "data-group": group.name },
      h("summary", {}, h("span", {}, group.title), count),
      h("p", { class: "about" }, formatText(group.text)),
      fields.map((each) => each.element),
    );
    return { element, count, fields };
  }

  buildField(row) {
    const id = `p-${row.name}`;
    const { label } = row;
    const hint = h("p", { class: "hint", id: `${id}-hint`, hidden: true });
    const error = h("p", { class: "error", id: `${id}-error`, role: "alert" });
    const saysNoMore = row.summary.length < 40 && row.summary.startsWith(label);
    const summary = h("p", { class: "summary", id: `${id}-summary`, hidden: saysNoMore }, formatText(row.summary));
    const text = h("div", { class: "text", id: `${id}-text`, hidden: true }, describe(row));
    const control = buildControl(
      {
        id,
        label,
        fallback: row.default,
        describedBy: `${id}-error ${id}-hint ${id}-summary`,
        listKeys: this.listKeys,
        change: (value) => this.change(row.name, value),
        findMaximum: ({ high }) => (high > PIXELS ? Math.min(high, this.longest) : high),
      },
      row.control,
    );
    const help = h(
      "button",
      {
        type: "button",
        class: "help",
        "aria-label": `More about ${row.name}`,
        "aria-expanded": "false",
        "aria-controls": text.id,
        onclick: () => {
          text.hidden = !text.hidden;
          summary.hidden = saysNoMore || !text.hidden;
          help.setAttribute("aria-expanded", String(!text.hidden));
        },
      },
      "?",
    );
    const clear = h(
      "button",
      { type: "button", class: "clear", "aria-label": `Clear ${row.name}`, onclick: () => this.change(row.name, "") },
      "×",
    );
    const element = h(
      "div",
      { class: `field is-${row.control.type}`, "data-name": row.name },
      h("div", { class: "head" }, h("label", { for: id }, label), h("code", {}, row.name), clear, help),
      summary,
      h("div", { class: "control" }, control.elements),
      error,
      hint,
      text,
    );
    const field = { element, control, row, hint, error };
    this.fields.set(row.name, field);
    return field;
  }

  /** Shows the values of a URL. *longest* is the longest side of the original, if it is known. */
  show(values, longest) {
    if (longest) this.longest = Math.max(500, longest);
    for (const field of this.fields.values()) {
      const text = values.get(field.row.name) ?? "";
      const unmet = text === "" ? undefined : findUnmet(field.row, values);
      field.control.show(text);
      field.element.classList.toggle("is-set", text !== "");
      field.hint.hidden = !unmet;
      field.hint.replaceChildren(...(unmet ? formatText(`Has an effect ${describeClause(unmet)}.`) : []));
    }
    for (const { count, fields } of this.groups) {
      const set = fields.filter((field) => values.has(field.row.name)).length;
      count.textContent = set ? String(set) : "";
      count.title = set ? `${set} set` : "";
    }
  }

  /** Shows an error beside the control that it names; without a name, removes all errors. */
  showError(name, message) {
    for (const field of this.fields.values()) {
      field.error.textContent = "";
      field.element.classList.remove("is-wrong");
    }
    const field = this.fields.get(this.table.find(name)?.name);
    if (!field) return;
    field.error.textContent = message ?? "";
    field.element.classList.add("is-wrong");
    field.element.closest("details").open = true;
  }

  filter(text) {
    const wanted = text.trim().toLowerCase();
    const isWanted = ({ name, label, text: about, aliases }) =>
      [name, label, about, ...aliases].some((each) => each.toLowerCase().includes(wanted));
    for (const { element, fields } of this.groups) {
      for (const field of fields) field.element.hidden = Boolean(wanted) && !isWanted(field.row);
      element.hidden = fields.every((field) => field.element.hidden);
      element.open = wanted ? true : OPEN.includes(element.dataset.group) || element.open;
    }
    this.nothing.hidden = this.groups.some(({ element }) => !element.hidden);
  }
}

function describe(row) {
  const aliases = row.aliases.length ? ` Also \`${row.aliases.join("`, `")}\`.` : "";
  const fallback = row.default ? ` Default: \`${row.default}\`.` : "";
  return [
    h("p", {}, formatText(row.text)),
    h("p", {}, formatText(`Accepts ${row.expected}.${fallback}${aliases}`)),
  ];
}
