// The first page of a deployment, which has no list of its originals: one types a key.
import { readOriginal } from "./api.js";
import { capitalise, h } from "./dom.js";

export class KeyForm {
  /** *choose(key)* opens an original. */
  constructor(choose) {
    this.choose = choose;
    this.input = h("input", {
      id: "key", type: "text", required: true, autocomplete: "off", autocapitalize: "off", spellcheck: false,
      placeholder: "cats/tom.jpg",
    });
    this.button = h("button", { type: "submit" }, "Open");
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.element = h(
      "div",
      { class: "gallery" },
      h(
        "div",
        { class: "intro" },
        h("h1", {}, "Choose a picture"),
        h("p", {}, "Try every size, crop, look and format, and copy the tag for your page."),
      ),
      h(
        "form",
        { class: "key-form", onsubmit: (event) => this.open(event) },
        h("label", { for: "key" }, "Key of an original"),
        this.input,
        this.button,
      ),
      this.problem,
    );
  }

  /** Does nothing: as the gallery has, but there is nothing to load. */
  show() {}

  /** Opens the original if the deployment has it; otherwise says why not. */
  async open(event) {
    event.preventDefault();
    const key = this.input.value.trim().replace(/^\//, "");
    this.button.disabled = true;
    try {
      await readOriginal(key);
      this.problem.hidden = true;
      this.choose(key);
    } catch (error) {
      this.problem.textContent = `${capitalise(error.message)}.`;
      this.problem.hidden = false;
    } finally {
      this.button.disabled = false;
    }
  }
}
