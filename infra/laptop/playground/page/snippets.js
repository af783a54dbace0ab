// Code to copy. Each snippet is a function of a picture and returns text.
//
// A picture has `origin`, `key`, `values`, `alt`, `width` and `height` (of the result, if known),
// `ratio` (height by width, if both are asked for, else 0), `url` and `small` (its URLs), and
// `entries`: [URL, width] of its srcset.

const escapeHtml = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
const quote = (text) => JSON.stringify(text);
const srcset = (picture, separator) => picture.entries.map(([url, width]) => `${url} ${width}w`).join(separator);
const size = ({ width, height }) => (width ? ` width="${width}" height="${height}"` : "");

const without = (picture, ...names) => [...picture.values].filter(([name]) => !names.includes(name));

/** Returns parameters as arguments of Python: `-` is `_`. */
const pythonArguments = (pairs) => pairs.map(([name, text]) => `${name.replace(/-/g, "_")}=${quote(text)}`);
const joinArguments = (parts) => parts.join(", ");

/** Returns the entries of an object that is the query for a `width`; *names* are left out. */
function jsQuery(picture, ...names) {
  const pairs = without(picture, "w", ...(picture.ratio ? ["h"] : []), ...names);
  const height = picture.ratio ? `    h: Math.round(width * ${Number(picture.ratio.toFixed(4))}),\n` : "";
  return `${pairs.map(([name, text]) => `    ${quote(name)}: ${quote(text)},\n`).join("")}    w: width,\n${height}`;
}

export const SNIPPETS = {
  "<img>": (picture) =>
    `<img src="${escapeHtml(picture.url)}"\n  alt="${escapeHtml(picture.alt)}"${size(picture)} loading="lazy">`,

  srcset: (picture) =>
    `<img src="${escapeHtml(picture.small)}"\n  srcset="${escapeHtml(srcset(picture, ",\n    "))}"\n` +
    `  sizes="(max-width: 40rem) 100vw, 40rem"\n  alt="${escapeHtml(picture.alt)}"${size(picture)} loading="lazy">`,

  "<picture>": (picture) =>
    `<picture>\n${picture.formats
      .map(({ type, entries }) => {
        const set = srcset({ entries }, ",\n      ");
        return `  <source type="${type}" sizes="(max-width: 40rem) 100vw, 40rem"\n    srcset="${escapeHtml(set)}">\n`;
      })
      .join("")}  <img src="${escapeHtml(picture.fallback)}" alt="${escapeHtml(picture.alt)}"${size(picture)} loading="lazy">\n</picture>`,

  Markdown: ({ alt, url }) => `![${alt.replace(/[[\]]/g, "")}](${url.replace(/[()]/g, encodeURIComponent)})`,

  CSS: (picture) =>
    `.hero {\n  background-image: image-set(\n${picture.densities
      .map(([url, density]) => `    url(${quote(url)}) ${density}x`)
      .join(",\n")}\n  );\n  background-size: cover;\n}`,

  "Next.js": (picture) =>
    `// image-loader.js, named in next.config.js: images: { loader: "custom", loaderFile: "./image-loader.js" }\n` +
    `export default function calotype({ src, width, quality }) {\n` +
    `  const query = new URLSearchParams({\n${jsQuery(picture, "q")}` +
    `    q: quality ?? ${quote(picture.values.get("q") ?? "auto")},\n  });\n` +
    `  const path = src.replace(/^\\//, "").split("/").map(encodeURIComponent).join("/");\n` +
    `  return \`${picture.origin}/\${path}?\${query}\`;\n}\n\n` +
    `// In a page:\n<Image src={${quote(picture.key)}} alt={${quote(picture.alt)}} width={${picture.width || 640}} height={${picture.height || 480}} />`,

  Nuxt: (picture) =>
    `// nuxt.config.ts: calotype reads the parameters of imgix\n` +
    `export default defineNuxtConfig({\n  modules: ["@nuxt/image"],\n` +
    `  image: { provider: "imgix", imgix: { baseURL: ${quote(picture.origin)} } },\n});\n\n` +
    `<!-- In a page -->\n<NuxtImg src="${escapeHtml(picture.path)}" alt="${escapeHtml(picture.alt)}" width="${picture.width || 640}"` +
    `${picture.ratio ? ` height="${picture.height}"` : ""}\n` +
    `  :modifiers='${JSON.stringify(Object.fromEntries(without(picture, "w", ...(picture.ratio ? ["h"] : [])))).replace(/&/g, "&amp;").replace(/'/g, "&#39;")}' />`,

  Astro: (picture) =>
    `---\nconst url = (width) =>\n  \`${picture.origin}${picture.path}?\${new URLSearchParams({\n${jsQuery(picture)}  })}\`;\n` +
    `const widths = [${picture.entries.map(([, width]) => width).join(", ")}];\n---\n` +
    `<img src={url(640)} srcset={widths.map((width) => \`\${url(width)} \${width}w\`).join(", ")}\n` +
    `  sizes="(max-width: 40rem) 100vw, 40rem" alt={${quote(picture.alt)}}${size(picture)} loading="lazy" />`,

  Django: (picture) =>
    `{% load calotype %}\n{% img ${[quote(picture.key), `alt=${quote(picture.alt)}`, ...pythonArguments(without(picture))].join(" ")} loading="lazy" %}`,

  Jinja: (picture) =>
    `{{ img(${joinArguments([quote(picture.key), `alt=${quote(picture.alt)}`, ...pythonArguments(without(picture))])}, loading="lazy") }}`,

  Python: (picture) =>
    `from origin_lambda.html import SigningKey, Site, img_url\n\n` +
    `site = Site(${quote(picture.origin)}, SigningKey("2026", "the secret"))  # of SIGNING_KEYS\n` +
    `url = img_url(site, ${joinArguments([quote(picture.key), ...pythonArguments(without(picture))])})`,

  curl: (picture) => `curl -sS -H 'Accept: image/avif,image/webp' -o picture \\\n  '${picture.url.replace(/'/g, "%27")}'`,
};
