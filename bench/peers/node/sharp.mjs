// sharp on one thread, its operation cache off. Settings are those of its `toFormat`, a `height` to
// cover with the width, and `steps`: its methods with their arguments; `svg` in them is a drawing.
import sharp from "sharp";
import { read, serve } from "./line.mjs";

sharp.concurrency(1);
sharp.cache(false);

function withDrawings(value) {
  if (!Array.isArray(value)) return value?.svg ? { ...value, input: Buffer.from(value.svg) } : value;
  return value.map(withDrawings);
}

const { sharp: own, vips } = sharp.versions;
await serve(
  { version: `sharp ${own}, libvips ${vips}`, fed: "bytes in memory" },
  ({ path, width, format, settings }) => {
    const data = read(path);
    const { height, steps = [], ...options } = settings;
    const prepared = withDrawings(steps);
    return () => {
      const resized = sharp(data).autoOrient().resize({ width, height, withoutEnlargement: true });
      return prepared
        .reduce((picture, [method, ...given]) => picture[method](...given), resized)
        .toFormat(format, options)
        .toBuffer();
    };
  },
);
