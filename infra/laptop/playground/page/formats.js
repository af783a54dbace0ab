// The same picture in every format, with what each weighs. A click chooses one.
import { buildLinks } from "./api.js";
import { formatBytes, h } from "./dom.js";
import { findUnmet } from "./needs.js";
import { changeValues, formatQuery } from "./query.js";
import { load } from "./result.js";

const QUALITIES = ["45", "60", "75"];
const AT_ONCE = 2;

export class Formats {
  constructor(table, settings, change) {
    this.table = table;
    this.settings = settings;
    this.change = change;
    this.list = h("ul", { class: "formats" });
    this.element = h(
      "div",
      {},
      h("p", { class: "note" }, "The same picture in every format. Choose one to use it."),
      this.list,
    );
  }

  /** Returns every format, with three qualities where quality has an effect. */
  listVariants(values) {
    const quality = this.table.find("q");
    const words = this.table.find("fm").control.words.filter((word) => !this.table.information.includes(word));
    return words.flatMap((fm) => {
      const own = changeValues(values, { fm, auto: "", palette: "", "max-bytes": "" });
      const hasQuality = !findUnmet(quality, own) && values.get("lossless") !== "true";
      return hasQuality ? QUALITIES.map((q) => changeValues(own, { q })) : [changeValues(own, { q: "" })];
    });
  }

  /** Renders all variants of a picture, two at a time; a later call stops an earlier one. */
  async show(key, values) {
    this.stop();
    this.aborter = new AbortController();
    const { signal } = this.aborter;
    const variants = this.listVariants(values);
    const cards = variants.map((own) => this.buildCard(own, values));
    this.list.replaceChildren(...cards.map((card) => card.element));
    const urls = await buildLinks(this.settings, key, variants.map(formatQuery));
    const waiting = urls.map((url, at) => [url, cards[at]]);
    const loaded = [];
    const work = async () => {
      while (waiting.length && !signal.aborted) {
        const [url, card] = waiting.shift();
        const bytes = await this.fill(card, url, signal);
        if (bytes) loaded.push([card, bytes]);
        this.showBars(loaded);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work)).catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
  }

  stop() {
    this.aborter?.abort();
    this.list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
  }

  buildCard(own, values) {
    const image = h("img", { alt: "" });
    const weight = h("span", { class: "weight" }, "…");
    const quality = own.get("q") ? `quality ${own.get("q")}` : "";
    const isChosen = own.get("fm") === values.get("fm") && (own.get("q") ?? "") === (values.get("q") ?? "");
    const button = h(
      "button",
      { type: "button", "aria-pressed": String(isChosen), onclick: () => this.change({ fm: own.get("fm"), q: own.get("q") ?? "", auto: "" }) },
      image,
      h("span", { class: "name" }, own.get("fm").toUpperCase(), h("small", {}, quality)),
      weight,
      h("span", { class: "meter", "aria-hidden": "true" }),
    );
    return { element: h("li", {}, button), button, image, weight };
  }

  async fill(card, url, signal) {
    const { blob, error } = await load(url, signal);
    if (error) {
      card.weight.textContent = error.message;
      return 0;
    }
    card.image.src = URL.createObjectURL(blob);
    card.weight.textContent = formatBytes(blob.size);
    return blob.size;
  }

  showBars(loaded) {
    const largest = Math.max(...loaded.map(([, bytes]) => bytes));
    const smallest = Math.min(...loaded.map(([, bytes]) => bytes));
    for (const [card, bytes] of loaded) {
      card.button.style.setProperty("--share", bytes / largest);
      card.element.classList.toggle("is-smallest", bytes === smallest);
    }
  }
}
