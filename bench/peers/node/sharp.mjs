// sharp on one thread, its operation cache off. Settings are those of its `toFormat`, a `height` to
// cover with the width, and `steps`: its methods with their arguments. In them `svg` is a drawing, and
// `whole` is the original inside the same box.
import sharp from "sharp";
import { read, serve } from "./line.mjs";

sharp.concurrency(1);
sharp.cache(false);

async function withInputs(value, whole) {
  if (Array.isArray(value)) return Promise.all(value.map((each) => withInputs(each, whole)));
  if (value?.svg) return { ...value, input: Buffer.from(value.svg) };
  if (!value?.whole) return value;
  const { data, info } = await whole().raw().toBuffer({ resolveWithObject: true });
  return { input: data, raw: info };
}

const { sharp: own, vips } = sharp.versions;
await serve(
  { version: `sharp ${own}, libvips ${vips}`, fed: "bytes in memory" },
  ({ path, width, format, settings }) => {
    const data = read(path);
    const { height, steps = [], ...options } = settings;
    const resize = (options) =>
      sharp(data).autoOrient().resize({ width, height, withoutEnlargement: true, ...options });
    return async () => {
      const prepared = await withInputs(steps, () => resize({ fit: "inside" }));
      return prepared
        .reduce((picture, [method, ...given]) => picture[method](...given), resize())
        .toFormat(format, options)
        .toBuffer();
    };
  },
);
