// Prints the URLs that public SDKs make, unmodified: one JSON line [who, url] each.
//
//     node urls.mjs DOMAIN [TOKEN]
import ImgixClient from "@imgix/js-core";
import { transformUrl } from "unpic";

const [, , domain, token] = process.argv;
const client = new ImgixClient({ domain, secureURLToken: token });

function say(who, text) {
  for (const entry of text.split(",\n")) {
    process.stdout.write(JSON.stringify([who, entry.split(" ")[0]]) + "\n");
  }
}

const paths = ["photo.jpg", "a folder/ü + c,d@e~#1?&=%.jpg", "100x100/w=3/photo.jpg"];
const asks = [
  { w: 120 },
  { w: 120, h: 80, fit: "crop", crop: ["top", "left"].join(","), auto: "format,compress" },
  { h: 90, q: 40, fm: "webp", "utm_source": "mail & more" },
  { w: 100, h: 100, fit: "fill", bg: "fa0", txt64: "Ünpaid", dl: "my cat.jpg" },
  { w: 0.5, "fp-x": 0.25, ar: "16:9", fit: "crop" },
];

for (const path of paths) {
  for (const ask of asks) {
    say("js-core url", client.buildURL(path, ask));
  }
  say("js-core fluid srcset", client.buildSrcSet(path, {}, { maxWidth: 700 }));
  say("js-core fixed srcset", client.buildSrcSet(path, { w: 60 }));
  say("js-core fixed srcset by height", client.buildSrcSet(path, { h: 50, fit: "crop", ar: "3:2" }));
}

// unpic knows imgix by its domain, and does not sign.
if (!token) {
  for (const width of [64, 320]) {
    const made = transformUrl({ url: "https://a.imgix.net/photo.jpg", width, height: width / 2 });
    say("unpic", made.toString().replace("a.imgix.net", domain));
  }
}
