// Builds elements. Properties that begin with `on` are listeners; `class`, `data-...` and
// `aria-...` are attributes; all others are properties.

const isAttribute = (name) => /^(class|for|role|list|data-|aria-)/.test(name);

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (isAttribute(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Returns nodes for a text in which backticks mark code. */
export function formatText(text) {
  return text.split("`").map((part, at) => (at % 2 ? h("code", {}, part) : part));
}

export function formatBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e5 ? 1 : 0)} KB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export const capitalise = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Returns a function that calls *act* once no further call has come for some milliseconds. */
export function debounce(act, milliseconds) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), milliseconds);
  };
}

/** Says a text to a screen reader, and shows it for some seconds. */
export function announce(text) {
  const toast = document.getElementById("toast");
  toast.textContent = text;
  toast.classList.add("is-shown");
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => toast.classList.remove("is-shown"), 2500);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce("Copied");
  } catch {
    announce("The browser does not let this page copy; select the text instead");
  }
}
