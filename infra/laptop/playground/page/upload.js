// Uploads: pictures that are dropped or chosen, with their progress and what ingest found.
import { callUploads, readOriginal } from "./api.js";
import { capitalise, formatBytes, h } from "./dom.js";

const FIRST_WAIT = 150;
const LONGEST_WAIT = 1000;
const PATIENCE = 60_000;
const TYPES = "image/*,.avif,.heic,.heif,.jfif,.svg,.tif,.tiff";

export class Uploads {
  /** *onready* is called once a picture can be used; *choose* opens it in the editor. */
  constructor(settings, onready, choose) {
    this.settings = settings;
    this.onready = onready;
    this.choose = choose;
    this.list = h("ul", { class: "uploads", "aria-label": "Uploads", role: "list" });
    const input = h("input", {
      type: "file", id: "files", multiple: true, accept: TYPES, class: "is-hidden",
      onchange: () => this.take(input.files).then(() => (input.value = "")),
    });
    this.element = h(
      "div",
      { class: "drop" },
      h("p", {}, h("strong", {}, "Drop pictures here"), " or ", h("label", { for: "files", class: "button" }, "choose files"), input),
      this.list,
    );
    this.listen(document.body);
  }

  listen(target) {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    target.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      target.classList.add("is-dropping");
    });
    target.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) target.classList.remove("is-dropping");
    });
    target.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      target.classList.remove("is-dropping");
      this.take(event.dataTransfer.files);
    });
  }

  take(files) {
    return Promise.all([...files].map((file) => this.upload(file)));
  }

  async upload(file) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
    const status = h("span", { role: "status" }, "Requesting the upload");
    const item = h("li", {}, h("strong", {}, file.name), bar, status);
    this.list.prepend(item);
    try {
      const { name: filename, type, size } = file;
      const form = await callUploads(this.settings, "uploads", { method: "POST", body: JSON.stringify({ filename, type, size }) });
      await send(form, file, (share) => {
        bar.value = share;
        status.textContent = share < 1 ? `${Math.round(100 * share)} % of ${formatBytes(size)}` : "Sent; it is being ingested";
      });
      await this.waitForIngest(form);
      const original = await readOriginal(form.key);
      bar.remove();
      status.textContent = `Ready: ${describe(original)}`;
      item.append(h("button", { type: "button", onclick: () => this.choose(form.key) }, "Edit"));
      this.onready();
    } catch (error) {
      bar.remove();
      item.classList.add("is-wrong");
      status.textContent = capitalise(error.message);
    }
  }

  async waitForIngest(form) {
    const end = performance.now() + PATIENCE;
    for (let wait = FIRST_WAIT; performance.now() < end; wait = Math.min(LONGEST_WAIT, 1.5 * wait)) {
      const state = await callUploads(this.settings, form.status.replace(/^\//, ""));
      if (state.status === "ready") return;
      if (state.status === "rejected") throw new Error(state.reason.message);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    throw new Error("The picture is uploaded, but it is not ingested yet. Is ingest running?");
  }
}

/** Sends a form to the bucket. Only XMLHttpRequest reports how much has been sent. */
function send(form, file, report) {
  const data = new FormData();
  for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
  data.append("file", file); // the last field: S3 ignores those after it
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => event.lengthComputable && report(event.loaded / event.total);
    request.onload = () => {
      const message = request.responseXML?.querySelector("Message")?.textContent;
      if (request.status === 201) resolve(report(1));
      else reject(new Error(`The bucket refused the picture: ${message ?? request.status}`));
    };
    request.onerror = () => reject(new Error("The bucket cannot be reached from this page"));
    request.open("POST", form.url);
    request.send(data);
  });
}

/** Returns what ingest found in an original, in words. */
export function describe(original) {
  const { width, height, type, bytes, frames, faces, profile } = original;
  const found = [
    width ? `${width} × ${height}` : null,
    type?.toUpperCase(),
    bytes ? formatBytes(bytes) : null,
    frames > 1 ? `${frames} frames` : null,
    profile && !/srgb/i.test(profile) ? profile : null,
    faces?.length ? `${faces.length} ${faces.length > 1 ? "faces" : "face"}` : null,
  ];
  return found.filter(Boolean).join(" · ");
}
