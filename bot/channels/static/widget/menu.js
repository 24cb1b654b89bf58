/* Options of a conversation: take it along, have it mailed, sound, start over. */
import { make, newId } from "./dom.js";

export class Menu {
  constructor(panel) {
    this.panel = panel;
    const { texts } = panel;
    const item = (text, onclick) => make("button", { type: "button", onclick }, text);
    this.sound = item("", () => this.toggleSound());
    this.restart = item(texts.restart, () => this.startOver());
    this.element = make("div", { class: "menu", id: "menu", hidden: true },
      item(texts.download, () => this.download()), item(texts.mail, () => this.mail()), this.sound, this.restart);
    /* Going on with something else closes it. */
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && relatedTarget !== this.button && !this.element.contains(relatedTarget)) this.toggle(false, false);
    });
    this.button = make("button", { type: "button", "aria-label": texts.menu, "aria-expanded": "false", "aria-controls": "menu", onclick: () => this.toggle() }, "⋯");
  }

  toggle(open = this.element.hidden, focus = true) {
    this.element.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    this.restart.textContent = this.panel.texts.restart;
    this.nameSound();
    if (open) this.element.firstElementChild.focus();
    else if (focus) this.button.focus();
  }

  nameSound() {
    this.sound.textContent = this.panel.host.memory.sound ? this.panel.texts.soundOff : this.panel.texts.soundOn;
  }

  toggleSound() {
    const { host } = this.panel;
    host.memory = { ...host.memory, sound: !host.memory.sound };
    this.nameSound();
    this.panel.ring();
  }

  async startOver() {
    const { panel } = this;
    if (this.restart.textContent === panel.texts.restart) {
      this.restart.textContent = panel.texts.restartSure;
      return panel.note(panel.texts.restartHint);
    }
    this.toggle(false);
    panel.note("");
    await panel.restart();
  }

  async download() {
    const { panel } = this;
    try {
      const answer = await panel.api.get("/widget/transcript");
      if (!answer.ok) throw new Error("unavailable");
      const url = URL.createObjectURL(await answer.blob());
      make("a", { href: url, download: "mesa-de-ayuda.txt" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      this.toggle(false);
    } catch {
      panel.note(panel.texts.failed);
    }
  }

  /* One id for each wish: pressed twice by an impatient hand it is one mail. */
  async mail() {
    const { panel } = this;
    const { texts } = panel;
    this.wish = this.wish || newId();
    try {
      const { ok, status } = await panel.api.post("/widget/transcript/mail", { id: this.wish });
      if (ok) this.wish = null;
      this.toggle(false);
      panel.note(ok ? texts.mailed : status === 403 ? texts.mailLogin : status === 429 ? texts.mailSlow : texts.failed);
    } catch {
      panel.note(texts.failed);
    }
  }
}
