// Starts the page, and keeps it and the address equal: each change is an entry of the history.
import { readParameters, readSettings } from "./api.js";
import { copy, h } from "./dom.js";
import { Editor, startValues } from "./editor.js";
import { Gallery } from "./gallery.js";
import { KeyForm } from "./key_form.js";
import { formatQuery, parseAddress, Table } from "./query.js";

const MERGE = 1000; // milliseconds in which changes of one parameter are one entry of the history
const main = document.querySelector("main");
const crumb = document.getElementById("crumb");
const last = { name: "", time: 0 };

function writeAddress(hash, name) {
  const isSame = name && name === last.name && performance.now() - last.time < MERGE;
  Object.assign(last, { name, time: performance.now() });
  if (hash === location.hash) return;
  history[isSame ? "replaceState" : "pushState"](null, "", hash || "#");
}

const escapeKey = (key) => key.split("/").map(encodeURIComponent).join("/");
const formatPicture = (key, values) => `#/${escapeKey(key)}${values.size ? `?${formatQuery(values)}` : ""}`;

function start(table, settings) {
  let editor; // its 200 controls are built when they are first needed
  const openEditor = () => {
    if (!editor) loadStyle();
    return (editor ??= new Editor(table, settings, (key, values, name) => {
      writeAddress(formatPicture(key, values), name);
      show();
    }));
  };
  const choose = (key) => {
    writeAddress(formatPicture(key, startValues()), "");
    show();
  };
  const search = (text, page) => {
    const asked = new URLSearchParams({ ...(text && { search: text }), ...(page > 1 && { page }) });
    writeAddress(asked.size ? `#?${asked}` : "#", "search");
    show();
  };
  const gallery = settings.isHosted ? new KeyForm(choose) : new Gallery(settings, search, choose);
  const tools = buildTools();

  function show() {
    const { key, values, search, page } = parseAddress(table, location.hash);
    const view = key ? openEditor() : gallery;
    if (main.firstElementChild !== view.element) {
      main.replaceChildren(view.element);
      window.scrollTo(0, 0);
    }
    tools.hidden = !key;
    document.body.dataset.view = key ? "editor" : "gallery";
    document.title = key ? `${key.split("/").pop()} – Calotype` : "Calotype playground";
    crumb.hidden = !key;
    crumb.textContent = key ?? "";
    return key ? view.show(key, values) : gallery.show(search, page);
  }

  window.addEventListener("popstate", () => {
    last.name = "";
    show();
  });
  show();
}

/** Loads the style of the editor, which the gallery does not wait for. */
function loadStyle() {
  const style = h("link", { rel: "stylesheet", href: "/_/page/editor.css", onload: () => (main.hidden = false) });
  style.addEventListener("error", () => (main.hidden = false));
  main.hidden = true;
  document.head.append(style);
}

function buildTools() {
  const tools = document.getElementById("tools");
  const button = (label, text, act) => h("button", { type: "button", class: "quiet", "aria-label": label, title: label, onclick: act }, text);
  tools.append(
    button("Undo", "↶", () => history.back()),
    button("Redo", "↷", () => history.forward()),
    button("Share: copy a link to this page", "Share", () => copy(location.href)),
  );
  return tools;
}

try {
  const [described, settings] = await Promise.all([readParameters(), readSettings()]);
  start(new Table(described), settings);
} catch (error) {
  main.replaceChildren(h("p", { class: "problem", role: "alert" }, `The page cannot start: ${error.message}`));
}
