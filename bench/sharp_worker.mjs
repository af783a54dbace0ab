// Renders with sharp on one thread: a line of JSON in, a line of JSON out.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

const originals = new Map();

async function render({ path, width, format, options }) {
  if (!originals.has(path)) originals.set(path, readFileSync(path));
  const began = process.hrtime.bigint();
  const body = await sharp(originals.get(path))
    .autoOrient()
    .resize({ width })
    .toFormat(format, options)
    .toBuffer();
  const milliseconds = Number(process.hrtime.bigint() - began) / 1e6;
  return { milliseconds, body: body.toString("base64") };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await render(JSON.parse(line))) + "\n");
}
