// Queries and the page's address, as maps from a parameter's name to its text.

/** The parameters of the server, by every spelling of their names. */
export class Table {
  constructor(described) {
    this.groups = described.groups;
    this.information = described.information;
    this.rows = described.groups.flatMap((group) => group.parameters);
    this.spellings = new Map(
      this.rows.flatMap((row) => [row.name, ...row.aliases].map((name) => [name, row])),
    );
  }

  find(name) {
    return this.spellings.get(name);
  }
}

/** Returns the values of a query. Aliases and base64 names (`txt64`) become the canonical name. */
export function parseQuery(table, query) {
  const values = new Map();
  for (const [name, text] of new URLSearchParams(query)) {
    const row = table.find(name);
    const plain = row ? undefined : table.find(name.replace(/64$/, ""));
    if (name === "sig" || name === "s") continue; // a signature of other values
    if (row) values.set(row.name, text);
    else if (plain) values.set(plain.name, decodeBase64(text) ?? text);
    else if (name) values.set(name, text);
  }
  return values;
}

function decodeBase64(text) {
  try {
    const bytes = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** Returns values as a query; commas, colons and slashes stay readable. */
export function formatQuery(values) {
  const escape = (text) => encodeURIComponent(text).replace(/%(2C|3A|2F)/g, decodeURIComponent);
  return [...values].map(([name, text]) => `${escape(name)}=${escape(text)}`).join("&");
}

export const changeValues = (values, changes) => {
  const changed = new Map(values);
  for (const [name, text] of Object.entries(changes)) {
    if (text === "" || text === null) changed.delete(name);
    else changed.set(name, text);
  }
  return changed;
};

/** Reads the part of the address behind `#`: `/KEY?QUERY` is a picture, `?search=` the gallery. */
export function parseAddress(table, hash) {
  const text = hash.replace(/^#/, "");
  const at = text.indexOf("?");
  const path = at < 0 ? text : text.slice(0, at);
  const query = at < 0 ? "" : text.slice(at + 1);
  if (path.length > 1) return { key: decodeKey(path), values: parseQuery(table, query) };
  const asked = new URLSearchParams(query);
  return { search: asked.get("search") ?? "", page: Math.max(1, Number(asked.get("page")) || 1) };
}

function decodeKey(path) {
  try {
    return decodeURIComponent(path.replace(/^\//, ""));
  } catch {
    return path.replace(/^\//, "");
  }
}
