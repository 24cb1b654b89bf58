/* Files, one after another in the order in which they were chosen; the same id on every try: a file does not arrive twice. */
import { make, newId } from "./dom.js";

const FILE_MAX_BYTES = 10 * 1024 * 1024;
const PAUSES_MS = [500, 1500, 4000];
const PREVIEW_PIXELS = 320;
const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export class Uploads {
  constructor(panel) {
    this.panel = panel;
    this.clear();
  }

  clear() {
    this.chain = Promise.resolve();
    this.failed = new Set();
  }

  attach(files) {
    const { texts, timeline } = this.panel;
    for (const file of files) {
      const line = { id: newId(), file };
      line.bar = make("progress", { max: "1", value: "0", "aria-label": texts.upload.replace("{name}", file.name) });
      line.error = make("div", { class: "file error", role: "alert" });
      line.cancel = make("button", { type: "button", class: "plain", onclick: () => this.cancel(line) }, texts.cancel);
      line.entry = timeline.say({ text: "📎 " + file.name, author: "customer", client_id: line.id });
      line.entry.append(line.bar, make("div", { class: "file" }, line.cancel), line.error);
      this.preview(line);
      this.enqueue(line);
    }
  }

  /* Drawn, not loaded: a picture by its blob: address would need the page's policy to allow it. */
  async preview({ file, entry, bar }) {
    if (!/^image\/(png|jpeg|gif|webp|bmp)$/.test(file.type)) return;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, PREVIEW_PIXELS / Math.max(picture.width, picture.height));
      const canvas = make("canvas", { class: "preview", role: "img", "aria-label": file.name });
      canvas.width = picture.width * scale;
      canvas.height = picture.height * scale;
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      if (bar.isConnected) bar.before(canvas);
      else entry.append(canvas);
    } catch { /* no picture after all: its name stands there */ }
  }

  enqueue(line) {
    this.failed.delete(line);
    this.chain = this.chain.then(() => this.upload(line)).catch(() => this.fail(line, this.panel.texts.notSent, true));
  }

  /* The connection is back. */
  again() {
    for (const line of [...this.failed]) this.retry(line);
  }

  retry(line) {
    line.bar.hidden = line.cancel.hidden = false;
    line.bar.value = 0;
    line.error.replaceChildren();
    this.enqueue(line);
  }

  cancel(line) {
    line.cancelled = true;
    if (line.request) line.request.abort();
    this.fail(line, this.panel.texts.cancelled);
  }

  async upload(line) {
    const { panel } = this;
    const { texts } = panel;
    if (line.cancelled) return;
    if (line.file.size > FILE_MAX_BYTES) return this.fail(line, texts.tooLarge);
    if (!line.file.size) return this.fail(line, texts.empty);
    for (const pause of [...PAUSES_MS, null]) {
      const { status, body } = panel.token ? await this.post(line) : {};
      if (line.cancelled) return;
      if (status === 201) return this.arrived(line, body);
      if (status && status < 500) return this.fail(line, body.text || body.detail || texts.notSent, status === 429);
      panel.trouble.begin("offline", texts.offline);
      if (pause !== null) await sleep(pause);
    }
    this.fail(line, texts.notSent, true);
    this.failed.add(line);
  }

  arrived(line, body) {
    line.bar.remove();
    line.cancel.remove();
    this.panel.trouble.end("offline");
    this.panel.remember();
    this.panel.timeline.show(body.message);
    body.replies.forEach((reply) => this.panel.answer(reply));
  }

  fail(line, text, again = false) {
    const { texts, box } = this.panel;
    line.bar.hidden = line.cancel.hidden = true;
    const onclick = () => {
      box.focus();
      this.retry(line);
    };
    const retry = make("button", { type: "button", class: "plain retry", onclick }, texts.retry);
    line.error.replaceChildren(text, ...(again ? [" ", retry] : []));
  }

  /* fetch cannot tell how much of a body is on its way. */
  post(line) {
    const form = new FormData();
    form.append("id", line.id);
    form.append("file", line.file, line.file.name);
    return new Promise((done) => {
      const request = (line.request = new XMLHttpRequest());
      request.open("POST", this.panel.host.base + "/widget/attachments");
      request.setRequestHeader("Authorization", "Bearer " + this.panel.token);
      request.upload.onprogress = (event) => {
        if (event.loaded < event.total) line.bar.value = event.loaded / event.total;
        else line.bar.removeAttribute("value");
      };
      request.onloadend = () => {
        let body = {};
        try {
          body = JSON.parse(request.responseText);
        } catch { /* a proxy's page: the status says enough */ }
        done({ status: request.status, body });
      };
      request.send(form);
    });
  }
}
