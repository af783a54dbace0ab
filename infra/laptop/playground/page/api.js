// Asks the server: for the parameter table, the originals, links and uploads.

async function ask(path, options) {
  const answer = await fetch(`/_/${path}`, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error?.message ?? `The server answered ${answer.status}`);
  return body;
}

export const readParameters = () => ask("parameters.json");
export const readSettings = () => ask("settings.json");
export const readOriginal = (key) => ask(`originals.json?${new URLSearchParams({ key })}`);
export const searchOriginals = (search, offset, limit) =>
  ask(`originals.json?${new URLSearchParams({ search, offset, limit })}`);

/** Returns the layers of a result that can be moved: their name, their box, and their place. */
export const locateLayers = (query, [width, height]) =>
  ask(`layers.json?${new URLSearchParams({ query, width, height })}`).then((body) => body.layers);

const escapeKey = (key) => key.split("/").map(encodeURIComponent).join("/");

export const buildPath = (key, query) => `/${escapeKey(key)}${query ? `?${query}` : ""}`;

/** Returns the URLs for some queries, as absolute URLs; signed if the server requires that. */
export async function buildLinks(settings, key, queries) {
  const paths = settings.isSigned
    ? (await ask("links.json", { method: "POST", body: JSON.stringify({ key, queries }) })).links
    : queries.map((query) => buildPath(key, query));
  return paths.map((path) => location.origin + path);
}

/** Calls the upload API (docs/uploads.md). */
export function callUploads(settings, path, options = {}) {
  const headers = { authorization: `Bearer ${settings.token}`, "content-type": "application/json" };
  return ask(path, { ...options, headers });
}
