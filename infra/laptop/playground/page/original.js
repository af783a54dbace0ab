// The original, with its focal point and crop rectangle: by pointer, or by the arrow keys.
import { MOVES, place } from "./drag.js";
import { h } from "./dom.js";

const STEP = 0.01;
const LONG_STEP = 0.1; // with Shift
const SMALLEST = 0.01;
const CORNERS = { "upper-left": [0, 0], "upper-right": [1, 0], "lower-left": [0, 1], "lower-right": [1, 1] };

const clamp = (value) => Math.min(1, Math.max(0, value));
const format = (value) => String(Number(clamp(value).toFixed(3)));
/** Fractions of a rectangle need a decimal point: `1` is one pixel. */
const formatShare = (value) => (/\./.test(format(value)) ? format(value) : `${format(value)}.0`);

export class OriginalPane {
  /** *change* is called with changed parameters by name. */
  constructor(change) {
    this.change = change;
    this.tool = "focal";
    this.image = h("img", { alt: "", draggable: false });
    this.faces = h("div", { class: "faces", "aria-hidden": "true" });
    this.point = h("button", { type: "button", class: "point", onkeydown: (event) => this.movePoint(event) });
    this.rectangle = h("button", { type: "button", class: "rectangle", hidden: true, onkeydown: (event) => this.moveRectangle(event) },
      Object.keys(CORNERS).map((name) => h("span", { class: "corner", "data-corner": name })));
    this.frame = h(
      "div",
      { class: "frame", onpointerdown: (event) => this.begin(event) },
      this.image,
      this.faces,
      this.rectangle,
      this.point,
    );
    const tools = [["focal", "Focal point"], ["rect", "Crop rectangle"]].map(([tool, label]) =>
      h("button", { type: "button", "data-tool": tool, "aria-pressed": "false", onclick: () => this.choose(tool) }, label),
    );
    this.tools = h("div", { class: "segments", role: "group", "aria-label": "Tool on the original" }, tools);
    this.note = h("p", { class: "note" });
    this.element = h(
      "section",
      { class: "pane original", "aria-label": "Original" },
      h("div", { class: "pane-head" }, h("h2", {}, "Original"), this.tools),
      h("div", { class: "canvas" }, this.frame),
      this.note,
    );
    this.choose("focal");
  }

  choose(tool) {
    this.tool = tool;
    for (const button of this.tools.children) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    this.element.dataset.tool = tool;
    if (tool === "rect" && this.original) this.showRectangle(this.rect ?? [0.25, 0.25, 0.5, 0.5]);
    else if (this.original) this.showRectangle(this.rect);
  }

  showOriginal(original, url) {
    this.original = original;
    this.image.src = url;
    this.image.alt = original.alt || original.key;
    if (original.width) {
      this.image.width = original.width;
      this.image.height = original.height;
    }
    this.image.style.backgroundImage = original.placeholder ? `url(${original.placeholder})` : "";
    this.faces.replaceChildren(...(original.faces ?? []).map((box) => place(h("span"), box)));
    const facts = [
      original.width ? `${original.width} × ${original.height}` : null,
      original.type?.toUpperCase(),
      original.frames > 1 ? `${original.frames} frames` : null,
      original.faces?.length ? `${original.faces.length} ${original.faces.length > 1 ? "faces" : "face"}` : null,
    ];
    this.note.textContent = facts.filter(Boolean).join(" · ");
  }

  /** Shows the focal point and the rectangle of a URL. */
  show(values) {
    const own = this.original?.focalPoint ?? [0.5, 0.5];
    const isSet = values.has("fp-x") || values.has("fp-y");
    this.at = isSet ? [Number(values.get("fp-x") ?? 0.5), Number(values.get("fp-y") ?? 0.5)] : own;
    this.point.style.left = `${100 * this.at[0]}%`;
    this.point.style.top = `${100 * this.at[1]}%`;
    this.point.classList.toggle("is-set", isSet);
    const [x, y] = this.at.map((share) => Math.round(100 * share));
    this.point.setAttribute("aria-label", `Focal point at ${x} % from the left and ${y} % from the top; arrow keys move it`);
    this.rect = this.readRectangle(values.get("rect"));
    this.showRectangle(this.rect ?? (this.tool === "rect" ? [0.25, 0.25, 0.5, 0.5] : null));
    this.rectangle.classList.toggle("is-set", Boolean(this.rect));
  }

  /** Returns left, top, width and height as fractions; null without a rectangle of numbers. */
  readRectangle(text) {
    if (!text) return null;
    const words = { left: 0, top: 0, full: 1 };
    const sides = text.split(/[,_]/).map((part, at) => {
      const whole = at % 2 ? this.original?.height : this.original?.width;
      if (part in words) return words[part];
      return part.includes(".") ? Number(part) : Number(part) / (whole || 1);
    });
    return sides.length === 4 && sides.every(Number.isFinite) ? sides : null;
  }

  showRectangle(sides) {
    this.rectangle.hidden = !sides;
    if (!sides) return;
    this.shown = sides;
    place(this.rectangle, sides);
    const [x, y, width, height] = sides.map((share) => Math.round(100 * share));
    this.rectangle.setAttribute(
      "aria-label",
      `Crop rectangle: ${width} % by ${height} % at ${x} %, ${y} %; arrow keys move it, with Shift they resize it`,
    );
  }

  begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.frame.setPointerCapture(event.pointerId);
    const start = this.locate(event);
    const corner = CORNERS[event.target.dataset.corner];
    const held = this.tool === "rect" && event.target === this.rectangle ? [...this.shown] : null;
    const fixed = corner?.map((share, axis) => this.shown[axis] + (1 - share) * this.shown[axis + 2]);
    const act = (moved) => {
      const at = this.locate(moved);
      if (this.tool === "focal") this.setPoint(at);
      else if (fixed) this.draw(fixed, at);
      else if (held) this.setRectangle([held[0] + at[0] - start[0], held[1] + at[1] - start[1], held[2], held[3]]);
      else this.draw(start, at);
    };
    const target = this.tool === "focal" ? this.point : this.rectangle;
    if (this.tool === "focal") act(event);
    const end = () => {
      this.frame.removeEventListener("pointermove", act);
      target.focus({ preventScroll: true });
    };
    this.frame.addEventListener("pointermove", act);
    this.frame.addEventListener("pointerup", end, { once: true });
    this.frame.addEventListener("pointercancel", end, { once: true });
  }

  locate(event) {
    const box = this.frame.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  }

  draw(start, at) {
    const sides = [0, 1].map((axis) => Math.abs(at[axis] - start[axis]));
    if (Math.min(...sides) < SMALLEST) return;
    this.setRectangle([Math.min(start[0], at[0]), Math.min(start[1], at[1]), ...sides]);
  }

  movePoint(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const step = event.shiftKey ? LONG_STEP : STEP;
    this.setPoint([this.at[0] + step * move[0], this.at[1] + step * move[1]]);
  }

  moveRectangle(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const sides = [...this.shown];
    const first = event.shiftKey ? 2 : 0;
    sides[first] += STEP * move[0];
    sides[first + 1] += STEP * move[1];
    this.setRectangle(sides);
  }

  setPoint([x, y]) {
    this.change({ "fp-x": format(x), "fp-y": format(y), fit: "crop", crop: "focalpoint" });
  }

  setRectangle([x, y, width, height]) {
    const sides = [Math.min(1, Math.max(SMALLEST, width)), Math.min(1, Math.max(SMALLEST, height))];
    const start = [Math.min(x, 1 - sides[0]), Math.min(y, 1 - sides[1])];
    this.change({ rect: [...start, ...sides].map(formatShare).join(",") });
  }
}
