// A control for each kind of value. Each returns its elements and `show`, which writes a value into
// them. `change` is called with the new text; "" removes the parameter.
import { h } from "./dom.js";

const SLIDER_LIMIT = 10000; // a slider over more values cannot be aimed
const RATIOS = ["1:1", "4:3", "3:2", "16:9", "21:9", "3:4", "2:3", "9:16"];

const number = (text, otherwise) => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : otherwise);

function field(context, { onchange = (event) => context.change(event.target.value.trim()), ...properties } = {}) {
  const box = h("input", {
    id: context.id,
    type: "text",
    autocomplete: "off",
    spellcheck: false,
    placeholder: context.fallback ?? "",
    "aria-label": context.label,
    "aria-describedby": context.describedBy,
    oninput: () => (box.isTyped = true),
    onblur: () => (box.isTyped = false),
    onchange: (event) => {
      box.isTyped = false;
      onchange(event);
    },
    ...properties,
  });
  return box;
}

/** Writes a value into a field, except over a text that is being typed and not yet entered. */
function write(box, text) {
  if (!box.isTyped) box.value = text;
}

function range(context, control) {
  const box = field(context, { inputMode: control.low < 0 || control.words ? "text" : "decimal" });
  const isShort = !context.isCompact && control.high - control.low <= SLIDER_LIMIT;
  const slider = isShort ? buildSlider(context, control) : null;
  const words = control.words ? buildWords(context, control.words) : null;
  return {
    elements: [slider, words, box],
    show(text) {
      const isWord = control.words?.includes(text);
      write(box, isWord ? "" : text);
      if (words) words.value = isWord ? text : "";
      if (!slider) return;
      slider.max = context.findMaximum(control);
      const start = number(context.fallback, Math.max(control.low, 0));
      slider.value = number(text, start);
    },
  };
}

function buildSlider(context, control) {
  return h("input", {
    type: "range",
    min: control.low,
    max: control.high,
    step: control.step,
    "aria-label": `${context.label}, slider`,
    "aria-describedby": context.describedBy,
    oninput: (event) => context.change(event.target.value),
  });
}

function buildWords(context, words) {
  const options = words.map((word) => h("option", { value: word }, word));
  return h(
    "select",
    { "aria-label": `${context.label}, automatic`, onchange: (event) => context.change(event.target.value) },
    h("option", { value: "" }, "number"),
    options,
  );
}

function choice(context, control) {
  const none = context.fallback ? `${context.fallback} (default)` : "none";
  const select = h(
    "select",
    {
      id: context.id,
      "aria-label": context.label,
      "aria-describedby": context.describedBy,
      onchange: (event) => context.change(event.target.value),
    },
    h("option", { value: "" }, none),
    control.words.map((word) => h("option", { value: word }, word)),
  );
  return {
    elements: [select],
    show(text) {
      const isKnown = text === "" || control.words.includes(text);
      if (!isKnown) select.append(h("option", { value: text }, text));
      select.value = text;
    },
  };
}

function flag(context) {
  const box = h("input", {
    id: context.id,
    type: "checkbox",
    "aria-label": context.label,
    "aria-describedby": context.describedBy,
    onchange: (event) => context.change(event.target.checked ? "true" : ""),
  });
  return { elements: [box], show: (text) => (box.checked = text === "true" || text === "1") };
}

function words(context, control) {
  const boxes = control.words.map((word) => h("input", { type: "checkbox", value: word, onchange: send }));
  function send() {
    context.change(boxes.filter((box) => box.checked).map((box) => box.value).join(","));
  }
  const chips = boxes.map((box) => h("label", { class: "chip" }, box, h("span", {}, box.value)));
  const group = h("div", { class: "chips", role: "group", "aria-label": context.label }, chips);
  return {
    elements: [group],
    show(text) {
      const asked = text.split(/[,_]/);
      boxes.forEach((box) => (box.checked = asked.includes(box.value)));
    },
  };
}

function colour(context) {
  const box = field(context, { placeholder: context.fallback ?? "teal, f80" });
  const alpha = () => (/^[0-9a-f]{8}$/i.test(box.value) ? box.value.slice(0, 2) : "");
  const picker = h("input", {
    type: "color",
    "aria-label": `${context.label}, colour picker`,
    oninput: () => context.change(alpha() + picker.value.slice(1)),
  });
  return {
    elements: [picker, box],
    show(text) {
      write(box, text);
      picker.value = toHex(text || context.fallback || "808080");
      picker.classList.toggle("is-unset", text === "");
    },
  };
}

/** Returns a colour as `#rrggbb`, as the browser's picker needs it; names are computed by CSS. */
function toHex(text) {
  const digits = text.replace(/^#/, "");
  if (/^[0-9a-f]{3,4}$/i.test(digits)) return `#${digits.slice(-3).replace(/./g, "$&$&")}`;
  if (/^([0-9a-f]{2})?[0-9a-f]{6}$/i.test(digits)) return `#${digits.slice(-6)}`;
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = text;
  return /^#[0-9a-f]{6}$/.test(canvas.fillStyle) ? canvas.fillStyle : "#808080";
}

const FIRST = { colour: () => "000000", range: (control) => String(control.low), side: () => "0.5" };

function list(context, control) {
  let parts = [];
  const items = control.items.map((item, at) => {
    const label = `${context.label}, ${at + 1} of ${control.items.length}`;
    const change = (text) => send(at, text);
    const id = at ? `${context.id}-${at}` : context.id;
    return buildControl({ ...context, id, label, change, fallback: null, isCompact: true }, item);
  });
  function send(at, text) {
    const changed = control.items.map((_, each) => (each === at ? text : parts[each] ?? ""));
    if (changed.every((part) => part === "")) return context.change("");
    if (control.repeats && changed.slice(1).every((part) => part === "")) return context.change(changed[0]);
    const filled = changed.map((part, each) => {
      const item = control.items[each];
      return part || (control.repeats && changed[0]) || (FIRST[item.type] ?? (() => "0"))(item);
    });
    return context.change(filled.join(","));
  }
  return {
    elements: items.map((item) => h("span", { class: "item" }, item.elements)),
    show(text) {
      parts = text === "" ? [] : text.split(/[,_]/);
      items.forEach((item, at) => item.show(parts[at] ?? ""));
    },
  };
}

function region(context) {
  const sides = ["x", "y", "width", "height"];
  const start = ["0", "0", "1.0", "1.0"];
  const boxes = sides.map((side, at) =>
    field(context, {
      id: at ? `${context.id}-${side}` : context.id,
      "aria-label": `${context.label}, ${side}`,
      placeholder: side[0],
      onchange: send,
    }),
  );
  function send() {
    const texts = boxes.map((box) => box.value.trim());
    context.change(texts.every((text) => text === "") ? "" : texts.map((text, at) => text || start[at]).join(","));
  }
  const show = (text) => boxes.forEach((box, at) => write(box, text.split(/[,_]/)[at] ?? ""));
  return { elements: boxes, show };
}

/** *findTexts* is called once, when the field is entered. */
function suggest(context, findTexts) {
  const id = `${context.id}-list`;
  const options = h("datalist", { id });
  const box = field(context, { list: id });
  const fill = async () => options.replaceChildren(...(await findTexts()).map((value) => h("option", { value })));
  box.addEventListener("focus", fill, { once: true });
  return { elements: [box, options], show: (text) => write(box, text) };
}

function text(context) {
  const box = field(context);
  return { elements: [box], show: (value) => write(box, value) };
}

const KINDS = {
  range,
  side: range,
  choice,
  flag,
  words,
  colour,
  list,
  region,
  text,
  ratio: (context) => suggest(context, () => RATIOS),
  key: (context) => suggest(context, context.listKeys),
};

export const buildControl = (context, control) => (KINDS[control.type] ?? text)(context, control);
