/* What the customer says, in order, each under an id of its own that stays the same on every try: the server answers a repeated
   message with the first answer and does nothing twice. What did not leave survives a reload of the tab. */
import { Pause, newId } from "./dom.js";

const PAUSES_MS = [500, 1500, 4000, 10000];
/* The message is stored at the front door; the bot may be starting. */
const BOT_PAUSE_MS = 10000;
const UNSENT = "mesa-de-ayuda-unsent";

export class Outgoing {
  constructor(panel) {
    this.panel = panel;
    this.pause = new Pause();
    this.items = [];
  }

  clear() {
    this.items = [];
    this.keep();
  }

  /* {text} or {payload, title}; `silent`: asks for the greeting, and is no line of the conversation. */
  add(content) {
    const item = { id: newId(), card: this.panel.timeline.card, ...content };
    if (!item.silent) item.entry = this.line(item);
    this.items.push(item);
    this.keep();
    this.wake();
  }

  line(item) {
    const { timeline, texts } = this.panel;
    const entry = timeline.say({ text: item.text || item.title, author: "customer", client_id: item.id });
    timeline.state(entry, texts.sending);
    return entry;
  }

  /* What an earlier page of this tab could not send. */
  restore() {
    for (const { id, text } of this.kept()) {
      if (this.items.some((item) => item.id === id)) continue;
      const item = { id, text, entry: this.panel.timeline.byClient.get(id) };
      item.entry = item.entry || this.line(item);
      this.items.push(item);
    }
  }

  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(UNSENT)) || [];
    } catch {
      return [];
    }
  }

  keep() {
    const texts = this.items.filter((item) => item.text).map(({ id, text }) => ({ id, text }));
    try {
      if (texts.length) sessionStorage.setItem(UNSENT, JSON.stringify(texts));
      else sessionStorage.removeItem(UNSENT);
    } catch { /* storage is forbidden: it lives as long as the page */ }
  }

  wake() {
    this.pause.wake();
    this.run();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    for (let tries = 0; this.items.length && this.panel.token; tries++) {
      const pause = await this.round(tries);
      if (this.items.length && pause) await this.pause.for(pause);
    }
    this.running = false;
  }

  /* Each once, in order; returns for how long to wait before the next round. */
  async round(tries) {
    let pause = 0;
    for (const item of [...this.items]) {
      const outcome = await this.send(item);
      if (outcome === "stored") pause = BOT_PAUSE_MS;
      if (outcome === "away") return PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)];
    }
    return pause;
  }

  async send(item) {
    const { panel } = this;
    const { token } = panel;
    const content = item.payload ? { payload: item.payload } : { text: item.text };
    let answer, told;
    panel.busy(true);
    try {
      answer = await panel.api.post("/widget/messages", { id: item.id, ...content });
      told = await answer.json();
    } catch {
      answer = null; /* no connection, or a page of somebody in between */
    } finally {
      panel.busy(false);
    }
    if (token !== panel.token || !this.items.includes(item)) return "done"; /* he started over meanwhile */
    if (!answer) return this.away(item, "offline");
    panel.trouble.end("offline");
    if (answer.status >= 500 || answer.status === 429) return this.away(item, "failing");
    panel.trouble.end("failing");
    if (answer.status === 401) return this.lapsed(item);
    return answer.ok ? this.arrived(item, told) : this.refused(item, told);
  }

  away(item, kind) {
    const { panel } = this;
    panel.trouble.begin(kind, panel.texts.offline);
    panel.timeline.state(item.entry, panel.texts.unsent, () => this.wake());
    return "away";
  }

  arrived(item, { message, replies }) {
    const { panel } = this;
    const degraded = replies.filter((reply) => reply.degraded);
    if (!item.silent) panel.remember();
    if (message && message.text) panel.timeline.show(message);
    if (degraded.length) {
      degraded.slice(0, -1).forEach((reply) => item.stored || panel.timeline.show(reply));
      panel.trouble.begin("bot", degraded.at(-1).text);
      panel.timeline.state(item.entry, panel.texts.stored, () => this.wake());
      item.stored = true;
      if (item.silent) this.drop(item);
      return "stored";
    }
    panel.trouble.end("bot");
    this.drop(item);
    panel.timeline.state(item.entry, panel.texts.sent);
    replies.forEach((reply) => panel.answer(reply));
    /* Where he was asked who he is, he may have logged in. */
    if (item.card) panel.elsewhere.look();
    return "done";
  }

  refused(item, told) {
    const { panel } = this;
    this.drop(item);
    panel.timeline.state(item.entry, panel.texts.refused + " " + ((told && told.detail) || ""));
    if (item.text && !panel.box.value) panel.box.value = item.text;
    return "done";
  }

  /* The conversation is older than its token lives: what he types opens a new one, a button of the old one has no meaning there. */
  async lapsed(item) {
    if (item.payload) this.drop(item);
    await this.panel.begin().catch(() => {});
    return "away";
  }

  drop(item) {
    this.items = this.items.filter((other) => other !== item);
    this.keep();
  }
}
