/* The open widget. The launcher (loader.js) is its host: it owns the shadow root, the memory of this browser and the counter. */
import { Composer } from "./composer.js";
import { Pause, make } from "./dom.js";
import { Elsewhere } from "./elsewhere.js";
import { loginCard } from "./login.js";
import { Menu } from "./menu.js";
import { Outgoing } from "./outgoing.js";
import { Sound } from "./sound.js";
import { Stream } from "./stream.js";
import { CSS } from "./style.js";
import { TEXTS } from "./texts.js";
import { Timeline } from "./timeline.js";
import { Trouble } from "./trouble.js";
import { Uploads } from "./uploads.js";

const CONNECT_MS = 4000;
const PAGE = 100;

export class Panel {
  constructor(host) {
    this.host = host;
    this.texts = TEXTS[host.language];
    this.api = {
      get: (path, signal) => fetch(host.base + path, { headers: { Authorization: "Bearer " + this.token }, signal }),
      post: (path, body) => {
        const headers = { Authorization: "Bearer " + this.token, "Content-Type": "application/json" };
        return fetch(host.base + path, { method: "POST", headers, body: JSON.stringify(body) });
      },
    };
    this.timeline = new Timeline(this);
    this.trouble = new Trouble(this);
    this.outgoing = new Outgoing(this);
    this.uploads = new Uploads(this);
    this.stream = new Stream(this);
    this.menu = new Menu(this);
    this.composer = new Composer(this);
    this.box = this.composer.box;
    this.elsewhere = new Elsewhere(this);
    this.sound = new Sound(host);
    this.waiting = new Pause();
    host.dress(CSS);
    host.box.append(this.build());
    this.forget();
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stream.hush() : this.stream.listen()));
    addEventListener("online", () => this.tryNow());
    addEventListener("offline", () => this.isOpen && this.trouble.begin("offline", this.texts.offline));
  }

  build() {
    const { texts } = this;
    this.typing = make("div", { class: "typing", role: "status" });
    this.noted = make("p", { class: "note", role: "status" });
    this.element = make("section", { class: "panel", role: "dialog", "aria-label": texts.title, hidden: true },
      make("header", {}, make("div", {}, make("h2", {}, texts.title), texts.subtitle && make("small", {}, texts.subtitle)),
        this.menu.button, make("button", { type: "button", "aria-label": texts.close, onclick: () => this.close() }, "×"), this.menu.element),
      this.timeline.element, this.typing, this.elsewhere.element, this.trouble.element, this.noted, this.composer.element,
      make("p", { class: "hint limits", id: "limits" }, texts.limits));
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.composer.takeFrom(this.element);
    return this.element;
  }

  key(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (this.menu.element.hidden) this.close();
      else this.menu.toggle(false);
    }
    if (event.key === "Tab" && innerWidth - this.element.offsetWidth < 2) this.keepInside(event);
  }

  /* Where the panel covers the whole screen, what lies behind it is no place for the focus. */
  keepInside(event) {
    const all = [...this.element.querySelectorAll("button, input, textarea, a, [tabindex='0']")].filter((one) => one.offsetParent && !one.disabled);
    const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
    if (this.host.shadowRoot.activeElement !== from) return;
    event.preventDefault();
    to.focus();
  }

  /* `cursor`: how far the server was read without a gap; `newest`: the last that stood on the screen. */
  forget() {
    this.stream.hush();
    this.timeline.clear();
    this.uploads.clear();
    this.token = null;
    this.ready = false;
    this.cursor = this.newest = 0;
    this.elsewhere.element.hidden = true;
  }

  get isOpen() {
    return !this.element.hidden;
  }

  get listening() {
    return Boolean(this.stream.control);
  }

  /* `entry`: the answer that the page's reader has before him, which the bot then knows of. */
  async open(entry) {
    this.element.hidden = false;
    this.host.launcher.hidden = true;
    this.host.unread(0);
    this.box.focus();
    this.seen();
    await this.connect();
    if (!entry || !this.ready) return;
    const answer = await this.api.get("/widget/entries/" + encodeURIComponent(entry)).catch(() => null);
    if (!answer || !answer.ok) return;
    const { payload, title } = await answer.json();
    this.outgoing.add({ payload, title });
  }

  close() {
    this.stream.hush();
    this.waiting.wake();
    this.host.unread(0);
    this.element.hidden = true;
    /* The link that opened it can be used again, and a reload does not open it. */
    if (location.hash === "#mesa-de-ayuda") history.replaceState(history.state, "", location.pathname + location.search);
    this.host.launcher.hidden = false;
    this.host.launcher.focus();
  }

  async restart() {
    this.outgoing.clear();
    this.forget();
    this.host.memory = { sound: this.host.memory.sound };
    this.box.focus();
    await this.connect();
  }

  async connect() {
    if (this.connecting) return;
    this.connecting = true;
    while (this.isOpen && !this.ready) {
      try {
        await this.resume();
        this.ready = true;
      } catch {
        this.trouble.begin("offline", this.texts.offline);
        await this.waiting.for(CONNECT_MS);
      }
    }
    this.connecting = false;
    if (this.ready) this.back();
    this.stream.listen();
  }

  async resume() {
    const { token } = this.host.memory;
    if (!token || !(await this.recall(token))) await this.begin();
    this.outgoing.restore();
  }

  async begin() {
    const opened = await fetch(this.host.base + "/widget/conversations", { method: "POST" });
    if (!opened.ok) throw new Error("unavailable");
    const made = await opened.json();
    this.token = made.token;
    this.outgoing.items.unshift({ id: "greeting", payload: made.start_payload, silent: true });
  }

  /* The whole history; false where there is none any more. */
  async recall(token) {
    this.token = token;
    const messages = [];
    for (let page = null; page === null || page.length >= PAGE; messages.push(...page)) {
      const after = messages.length ? messages.at(-1).id : 0;
      const answer = await this.api.get("/widget/messages?after=" + after);
      if (answer.status === 401) return false;
      if (!answer.ok) throw new Error("unavailable");
      page = (await answer.json()).messages;
    }
    const last = messages.findLast((message) => message.reply_to || message.author === "customer");
    messages.forEach((message) => this.hear(message, Boolean(message.reply_to) && message.reply_to === last.reply_to));
    if (messages.length) this.elsewhere.look();
    return messages.length > 0;
  }

  /* He said something, so there is something to come back to; before that nothing is stored. */
  remember() {
    this.host.memory = { ...this.host.memory, token: this.token, seen: this.newest };
  }

  seen() {
    const { memory } = this.host;
    if (memory.token === this.token && this.newest > (memory.seen || 0)) this.remember();
  }

  press(button) {
    this.box.focus(); /* the pressed button is about to be disabled, and would take the focus out of the panel */
    this.outgoing.add({ payload: button.payload, title: button.title });
    /* A choice is made once, however impatient the hand. */
    this.timeline.retireChoices();
  }

  /* By the history or the stream, in order. */
  hear(message, live = true) {
    this.cursor = Math.max(this.cursor, Number(message.id));
    this.answer(message, live);
  }

  /* Straight from a turn: something may have been said before it that the stream has not told yet. */
  answer(message, live = true) {
    const news = !this.timeline.shown.has(message.id) && message.author !== "customer";
    this.timeline.show(message, live);
    this.newest = Math.max(this.newest, Number(message.id) || 0);
    this.seen();
    if (news && live && this.ready) this.ring();
  }

  back() {
    this.trouble.end("offline");
    this.outgoing.wake();
    this.uploads.again();
  }

  tryNow() {
    this.waiting.wake();
    this.stream.pause.wake();
    this.outgoing.wake();
    this.uploads.again();
  }

  busy(busy) {
    this.typing.textContent = busy ? this.texts.typing : "";
  }

  expectCode(expected) {
    this.composer.expectCode(expected);
  }

  ring() {
    this.sound.ring();
  }

  note(text) {
    this.noted.textContent = text;
  }

  loginCard(message) {
    return loginCard(this, message);
  }
}
