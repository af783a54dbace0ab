// Asks the server: for the parameter table, the originals, links and uploads.
//
// A deployment has only the files of the page (`settings.isHosted`): no list of originals, no boxes
// of layers, no signed links and no uploads. It describes an original by `fm=json`.

let isHosted = false;

const ask = (path, options) => fetchJson(`/_/${path}`, options);

async function fetchJson(url, options) {
  const answer = await fetch(url, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error?.message ?? `The server answered ${answer.status}`);
  return body;
}

export const readParameters = () => ask("parameters.json");

export async function readSettings() {
  const settings = await ask("settings.json");
  isHosted = Boolean(settings.isHosted);
  return settings;
}

export const readOriginal = (key) =>
  isHosted ? describeOriginal(key) : ask(`originals.json?${new URLSearchParams({ key })}`);

export const searchOriginals = async (search, offset, limit) =>
  isHosted
    ? { count: 0, originals: [] }
    : ask(`originals.json?${new URLSearchParams({ search, offset, limit })}`);

/** Returns the layers of a result that can be moved: their name, their box, and their place. */
export async function locateLayers(query, [width, height]) {
  if (isHosted) return [];
  return (await ask(`layers.json?${new URLSearchParams({ query, width, height })}`)).layers;
}

/** Returns the facts of an original from a deployment, as a local server describes them. */
async function describeOriginal(key) {
  const { calotype: facts, Faces: faces = [] } = await fetchJson(buildPath(key, "fm=json&faces=1"));
  const { width, height, focal_point: point } = facts;
  const share = ({ bounds }) => [bounds.x / width, bounds.y / height, bounds.width / width, bounds.height / height];
  return { ...facts, key, faces: faces.map(share), focalPoint: point ? [point.x, point.y] : null };
}

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
