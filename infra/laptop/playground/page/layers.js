// The layers on the result, each in a box that is moved: by pointer, or by the arrow keys.
import { locateLayers } from "./api.js";
import { MOVES, place } from "./drag.js";
import { h } from "./dom.js";
import { formatQuery } from "./query.js";

const LABELS = { mark: "Watermark", blend: "Blended picture", txt: "Text" };
const STEP = 1; // CSS pixels
const LONG_STEP = 20; // with Shift

export class Layers {
  /** *change* is called with changed parameters by name. */
  constructor(change) {
    this.change = change;
    this.boxes = new Map();
    this.element = h("div", { class: "layers" });
  }

  /** Shows the boxes of the layers of a URL, on a result of a size in pixels. */
  async show(values, size) {
    const request = (this.request = {});
    const names = Object.keys(LABELS).filter((name) => values.has(name));
    const layers = names.length && size[0] ? await locateLayers(formatQuery(values), size).catch(() => []) : [];
    if (this.request !== request || this.held) return;
    this.density = Number(values.get("dpr") ?? 1) || 1;
    this.size = size;
    const kept = layers.map((layer) => this.boxes.get(layer.name) ?? this.build(layer.name));
    this.boxes = new Map(layers.map((layer, at) => [layer.name, kept[at]]));
    if (kept.length !== this.element.children.length || kept.some((box) => !box.isConnected)) this.element.replaceChildren(...kept);
    layers.forEach((layer, at) => this.showBox(kept[at], layer));
  }

  build(name) {
    return h("button", {
      type: "button", class: "layer", "data-layer": name,
      onpointerdown: (event) => this.begin(event),
      onkeydown: (event) => this.press(event),
    });
  }

  showBox(box, layer) {
    box.layer = layer;
    const [width, height] = this.size;
    const [x, y, ...sides] = layer.box;
    place(box, [x / width, y / height, sides[0] / width, sides[1] / height]);
    const label = `${LABELS[layer.name]} at ${layer.at[0]}, ${layer.at[1]}; arrow keys move it`;
    box.setAttribute("aria-label", label);
    box.title = LABELS[layer.name];
  }

  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const box = event.currentTarget;
    const { layer } = box;
    const scale = this.size[0] / this.element.getBoundingClientRect().width;
    const act = (moved) => this.move(box, layer, [(moved.clientX - event.clientX) * scale, (moved.clientY - event.clientY) * scale]);
    const end = () => {
      box.removeEventListener("pointermove", act);
      this.held = false;
    };
    box.setPointerCapture(event.pointerId);
    box.focus({ preventScroll: true });
    this.held = true;
    box.addEventListener("pointermove", act);
    box.addEventListener("pointerup", end, { once: true });
    box.addEventListener("pointercancel", end, { once: true });
  }

  press(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const step = (event.shiftKey ? LONG_STEP : STEP) * this.density;
    this.move(event.currentTarget, event.currentTarget.layer, move.map((each) => each * step));
  }

  /** Moves a layer from where it was by some pixels of the result; no layer leaves at the left or top. */
  move(box, layer, distance) {
    this.request = {}; // what is being located is older than this
    const at = layer.at.map((offset, axis) => Math.max(0, Math.round(offset + distance[axis] / this.density)));
    const [x, y, ...sides] = layer.box;
    const moved = at.map((offset, axis) => (offset - layer.at[axis]) * this.density);
    this.showBox(box, { ...layer, at, box: [x + moved[0], y + moved[1], ...sides] });
    const { name } = layer;
    this.change({ [`${name}-x`]: String(at[0]), [`${name}-y`]: String(at[1]), [`${name}-align`]: "" });
  }
}
