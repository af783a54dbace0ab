// ipx through its API, with its own version of sharp, on one thread. Settings are its modifier
// `quality`, and `sharpOptions`, which a deployment sets for all requests.
import { createRequire } from "node:module";
import { basename } from "node:path";
import { createIPX } from "ipx";
import { read, serve } from "./line.mjs";

const require = createRequire(import.meta.url);
const brought = createRequire(require.resolve("ipx"));
const sharp = brought("sharp");
sharp.concurrency(1);
sharp.cache(false);

const servers = new Map();
const originals = new Map();
const storage = {
  name: "memory",
  getMeta: () => ({}),
  getData: (id) => originals.get(id),
};

function server(sharpOptions) {
  const key = JSON.stringify(sharpOptions ?? {});
  if (!servers.has(key)) {
    const options = { autoOrient: true, jpegProgressive: true, ...sharpOptions };
    servers.set(key, createIPX({ storage, sharpOptions: options }));
  }
  return servers.get(key);
}

// Its package does not export its package.json.
const { version } = brought("./../package.json");
const { sharp: own, vips } = sharp.versions;
await serve(
  { version: `ipx ${version}, sharp ${own}, libvips ${vips}`, fed: "bytes in memory" },
  ({ path, width, format, settings: { quality, sharpOptions } }) => {
    const id = `/${basename(path)}`;
    originals.set(id, read(path));
    const ipx = server(sharpOptions);
    const modifiers = { w: `${width}`, f: format, ...(quality && { q: `${quality}` }) };
    return async () => (await ipx(id, modifiers).process()).data;
  },
);
