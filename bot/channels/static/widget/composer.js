/* Where the customer writes, and the files that he chooses, drops or pastes. */
import { clip, make } from "./dom.js";

const TEXT_MAX = 8000;

export class Composer {
  constructor(panel) {
    this.panel = panel;
    const { texts } = panel;
    this.box = make("textarea", { "aria-label": texts.placeholder, placeholder: texts.placeholder, maxlength: TEXT_MAX, rows: "1" });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
    });
    const files = make("input", { type: "file", multiple: true, "aria-label": texts.attach, "aria-describedby": "limits", title: texts.attach });
    files.addEventListener("change", () => {
      panel.uploads.attach([...files.files]);
      files.value = "";
    });
    this.element = make("form", { class: "write", onsubmit: (event) => this.submit(event) },
      make("label", { class: "clip" }, clip(), files), this.box, make("button", { class: "primary", type: "submit" }, texts.send));
  }

  submit(event) {
    event.preventDefault();
    const text = this.box.value.trim();
    if (!text) return;
    this.box.value = "";
    this.panel.note("");
    this.panel.outgoing.add({ text });
  }

  /* A telephone offers the code that has just come by mail, and its digits. */
  expectCode(expected) {
    this.box.inputMode = expected ? "numeric" : "";
    this.box.autocomplete = expected ? "one-time-code" : "off";
  }

  takeFrom(element) {
    const { uploads } = this.panel;
    const over = (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      element.classList.toggle("drop", event.type === "dragover");
      if (event.type === "drop") uploads.attach([...event.dataTransfer.files]);
    };
    for (const kind of ["dragover", "dragleave", "drop"]) element.addEventListener(kind, over);
    element.addEventListener("paste", (event) => {
      const { files, types } = event.clipboardData;
      /* What is copied from a spreadsheet is text and its picture: he means the text. */
      if (!files.length || types.includes("text/plain")) return;
      event.preventDefault();
      uploads.attach([...files]);
    });
  }
}
