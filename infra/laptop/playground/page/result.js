// The result of a URL: the picture, what it weighs, how long it took and where it came from.
import { capitalise, formatBytes, h } from "./dom.js";
import { Layers } from "./layers.js";

export const ACCEPT = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const GEOMETRY = ["size", "trim", "cropping", "faces", "rotation", "background"];

/** Fetches a URL as an `<img>` would; returns the answer's facts, or its error. */
export async function load(url, signal) {
  const began = performance.now();
  const answer = await fetch(url, { signal, cache: "no-store", headers: { accept: ACCEPT } });
  const blob = await answer.blob();
  const facts = { url, headers: answer.headers, status: answer.status, blob, spent: performance.now() - began };
  if (answer.ok) return facts;
  const error = await blob.text().then(JSON.parse).catch(() => null);
  return { ...facts, error: error?.error ?? { message: `the server answered ${answer.status}` } };
}

export class ResultPane {
  /** *change* is called with changed parameters by name. */
  constructor(table, change) {
    this.table = table;
    this.layers = new Layers(change);
    this.image = h("img", { id: "result", alt: "Result" });
    this.before = h("img", { class: "before", alt: "", hidden: true });
    this.split = h("input", {
      type: "range", class: "split", min: 0, max: 100, value: 50, hidden: true,
      "aria-label": "Share of the original that is shown",
      oninput: () => this.frame.style.setProperty("--split", `${this.split.value}%`),
    });
    this.text = h("pre", { hidden: true, tabIndex: 0, role: "group", "aria-label": "Answer" });
    this.problem = h("div", { class: "problem", role: "alert", hidden: true });
    this.wait = h("p", { class: "note" }, "Rendering");
    this.frame = h("div", { class: "frame", hidden: true }, this.image, this.before, this.split, this.layers.element);
    this.compare = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => this.toggle() }, "Compare");
    this.facts = h("dl", { class: "facts", "aria-label": "Facts about the result" });
    this.stages = h("div", { class: "stages" });
    this.timings = h("details", { class: "timings", hidden: true });
    this.element = h(
      "section",
      { class: "pane result", "aria-label": "Result", "aria-busy": "true" },
      h("div", { class: "pane-head" }, h("h2", {}, "Result"), this.compare),
      h("div", { class: "canvas" }, this.wait, this.frame, this.text, this.problem),
      this.facts,
      this.stages,
      this.timings,
    );
  }

  /** Returns the values that decide the geometry: the original with the same outline. */
  selectGeometry(values) {
    const groups = this.table.groups.filter((group) => GEOMETRY.includes(group.name));
    const names = groups.flatMap((group) => group.parameters.map((row) => row.name));
    return new Map([...values].filter(([name]) => names.includes(name)));
  }

  toggle() {
    const isOn = this.compare.getAttribute("aria-pressed") !== "true";
    this.compare.setAttribute("aria-pressed", String(isOn));
    this.before.hidden = this.split.hidden = !isOn;
    this.layers.element.hidden = isOn;
    this.frame.classList.toggle("is-split", isOn);
    if (isOn && this.beforeUrl) this.before.src = this.beforeUrl;
  }

  setBefore(url) {
    this.beforeUrl = url;
    if (!this.before.hidden) this.before.src = url;
  }

  showBusy() {
    this.element.setAttribute("aria-busy", "true");
  }

  showError(error) {
    this.element.setAttribute("aria-busy", "false");
    this.wait.hidden = this.frame.hidden = this.text.hidden = true;
    this.problem.hidden = false;
    this.problem.replaceChildren(
      h("strong", {}, "This URL has no picture"),
      h("span", {}, error.message),
    );
    this.facts.replaceChildren();
    this.stages.replaceChildren();
    this.showTimings([]);
  }

  showTimings(elements) {
    this.timings.hidden = !elements.length;
    this.timings.replaceChildren(...elements);
  }

  /** Shows what was loaded; resolves to the size in pixels once a picture is there. */
  async show(loaded, original) {
    const type = loaded.headers.get("content-type") ?? "";
    const isPicture = type.startsWith("image/");
    this.problem.hidden = this.wait.hidden = true;
    this.frame.hidden = !isPicture;
    this.text.hidden = isPicture;
    let size = "";
    if (isPicture) size = await this.showPicture(loaded.blob);
    else this.text.textContent = prettify(await loaded.blob.text(), type);
    this.showFacts(loaded, original, type, size);
    this.element.setAttribute("aria-busy", "false");
  }

  async showPicture(blob) {
    const url = URL.createObjectURL(blob);
    const next = new Image();
    next.src = url;
    try {
      await next.decode();
    } catch {
      return "cannot be shown by this browser";
    } finally {
      if (this.image.src.startsWith("blob:")) URL.revokeObjectURL(this.image.src);
      this.image.src = url;
    }
    this.image.width = next.naturalWidth;
    this.image.height = next.naturalHeight;
    return `${next.naturalWidth} × ${next.naturalHeight}`;
  }

  showFacts(loaded, original, type, size) {
    const { headers, blob } = loaded;
    const cache = (headers.get("x-cache") ?? "").split(" ")[0];
    const facts = [
      ["Weight", formatBytes(blob.size), "weight"],
      ["Saved", formatSaved(blob.size, original.bytes), "saved"],
      ["Format", type.replace(/^.*\/|[+;].*$/g, "").toUpperCase()],
      ["Size", size],
      ["Time", `${Math.round(loaded.spent)} ms`],
      ["Cache", cache ? capitalise(cache.toLowerCase()) : ""],
    ];
    this.facts.replaceChildren(
      ...facts
        .filter(([, text]) => text)
        .map(([name, text, kind]) => h("div", { class: `fact ${kind ?? ""}` }, h("dt", {}, name), h("dd", {}, text))),
    );
    this.stages.replaceChildren(...describeOrigin(headers));
    this.showTimings(cache === "Hit" ? [] : describeTimings(headers)); // a hit has those of the miss
  }
}

const formatSaved = (bytes, whole) => {
  if (!whole) return "";
  const share = 100 * (1 - bytes / whole);
  if (share < 0) return `${Math.round(-share)} % larger`;
  return `${share > 99 ? share.toFixed(1) : Math.round(share)} %`;
};

function describeOrigin(headers) {
  const origin = headers.get("x-calotype");
  const ignored = headers.get("x-calotype-ignored");
  return [
    ignored ? h("p", { class: "warning" }, `Ignored, because they are no parameters: ${ignored}`) : null,
    origin ? h("p", { class: "note" }, h("code", {}, origin)) : null,
  ].filter(Boolean);
}

/** Returns the time of each stage, to be opened; nothing without stages. */
function describeTimings(headers) {
  const stages = (headers.get("server-timing") ?? "")
    .split(",")
    .map((part) => [part.trim().split(";")[0], Number(/dur=([\d.]+)/.exec(part)?.[1])])
    .filter(([, spent]) => spent > 0);
  if (!stages.length) return [];
  const longest = Math.max(...stages.map(([, spent]) => spent));
  const bars = stages.map(([name, spent]) => {
    const bar = h("span", { class: "meter", "aria-hidden": "true" });
    bar.style.setProperty("--share", spent / longest);
    return h("li", {}, h("span", {}, name), bar, h("span", { class: "number" }, `${spent.toFixed(1)} ms`));
  });
  return [h("summary", {}, "Time by stage"), h("ol", { class: "timing", "aria-label": "Time by stage" }, bars)];
}

function prettify(text, type) {
  try {
    return type.includes("json") ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    return text;
  }
}
