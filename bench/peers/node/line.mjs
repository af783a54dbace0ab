// The protocol of a rendering process: see line.py.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const originals = new Map();

export function read(path) {
  if (!originals.has(path)) originals.set(path, readFileSync(path));
  return originals.get(path);
}

async function timed(render) {
  const processor = process.cpuUsage();
  const body = await render();
  const { user, system } = process.cpuUsage(processor);
  return { milliseconds: (user + system) / 1e3, body: body.toString("base64") };
}

export async function serve(greeting, prepare) {
  process.stdout.write(JSON.stringify(greeting) + "\n");
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = await timed(prepare(JSON.parse(line)));
    } catch (error) {
      answer = { refused: error.message };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
}
