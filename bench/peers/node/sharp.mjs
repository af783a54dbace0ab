// sharp on one thread, its operation cache off. Settings are those of its `toFormat`.
import sharp from "sharp";
import { read, serve } from "./line.mjs";

sharp.concurrency(1);
sharp.cache(false);

const { sharp: own, vips } = sharp.versions;
await serve(
  { version: `sharp ${own}, libvips ${vips}`, fed: "bytes in memory" },
  ({ path, width, format, settings }) => {
    const data = read(path);
    return () =>
      sharp(data)
        .autoOrient()
        .resize({ width, withoutEnlargement: true })
        .toFormat(format, settings)
        .toBuffer();
  },
);
