// What all things that are moved on a picture have in common.

/** The directions of the arrow keys. */
export const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Places an element by left, top, width and height, as shares of the element around it. */
export function place(element, [x, y, width, height]) {
  const shares = { left: x, top: y, width, height };
  for (const [name, share] of Object.entries(shares)) element.style[name] = `${100 * share}%`;
  return element;
}
