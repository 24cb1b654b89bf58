/* The log: each message once, by the server's order, under the day it was written; only the last turn's buttons are alive. */
import { make } from "./dom.js";
import { markdown } from "./markdown.js";

const HALF_DAY_MS = 12 * 3600 * 1000;

export class Timeline {
  constructor(panel) {
    this.panel = panel;
    this.element = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": panel.texts.log, tabindex: "0" });
    const locale = panel.host.language === "en" ? "en" : "es-AR";
    this.clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: locale === "en" ? undefined : "h23" });
    this.calendar = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.clear();
  }

  clear() {
    this.element.replaceChildren();
    this.shown = new Set();
    this.byClient = new Map();
    this.turn = null;
    this.card = null;
  }

  /* A message of the server; `live` false: history, whose buttons are over. */
  show(message, live = true) {
    const mine = message.client_id && this.byClient.get(message.client_id);
    if (mine && !this.shown.has(message.id)) this.settle(mine, message);
    else if (!mine && !(message.id && this.shown.has(message.id))) this.say(message, live);
  }

  /* A line of ours is stored now: it has its place, and its secrets are hidden. */
  settle(entry, message) {
    this.shown.add(message.id);
    entry.dataset.id = message.id;
    if (message.text) entry.querySelector(".message").replaceChildren(...this.rendered(message.text));
    this.state(entry, this.panel.texts.sent);
    /* A file that arrived after all: its answer was lost, or it was called back too late. */
    entry.querySelectorAll("progress, .file").forEach((part) => part.remove());
    const after = this.nextEntry(entry);
    if (after && Number(after.dataset.id) < Number(message.id)) this.place(entry);
  }

  say(message, live = false) {
    const entry = make("div", { class: "entry", "data-id": message.id || null });
    if (message.id) this.shown.add(message.id);
    if (message.client_id) this.byClient.set(message.client_id, entry);
    if (live && message.reply_to && message.reply_to !== this.turn) {
      this.retireChoices();
      this.turn = message.reply_to;
    }
    this.fill(entry, message);
    if (live) this.addChoices(entry, message);
    this.place(entry);
    this.oneTimeForAll(entry);
    if (message.id && !message.reply_to && live) entry.scrollIntoView({ block: "nearest" });
    else this.scrollToQuestion();
    return entry;
  }

  fill(entry, message) {
    const { texts } = this.panel;
    const mine = message.author === "customer";
    const at = new Date(message.at || Date.now());
    const staff = message.author === "staff";
    const name = mine ? texts.you : staff ? [message.author_name, texts.staff].filter(Boolean).join(" · ") : texts.bot;
    entry.dataset.day = at.toDateString();
    entry.dataset.at = at.getTime();
    entry.classList.toggle("from-me", mine);
    /* On the screen the side says who speaks; a person of the company is always named. */
    entry.append(make("span", { class: staff ? "who" : "unseen" }, name));
    const kind = mine ? "mine" : staff ? "theirs staff" : "theirs";
    if (message.text) entry.append(make("div", { class: "message " + kind, lang: "es-AR" }, ...this.rendered(message.text)));
    /* Times and ticks are not read aloud each time; what goes wrong is said by the notice below. */
    entry.append(make("div", { class: "meta", "aria-live": "off" }, this.clock.format(at)));
  }

  addChoices(entry, message) {
    const { panel } = this;
    if (message.card) this.card = message.card;
    if (message.card === "login") entry.append(panel.loginCard(message));
    if (message.card === "code") panel.expectCode(true);
    if (!message.buttons || !message.buttons.length) return;
    const aside = (index) => message.card === "login" && index > 0;
    const press = (button) => () => panel.press(button);
    const choices = message.buttons.map((button, index) =>
      make("button", { type: "button", class: aside(index) && "link", onclick: press(button) }, button.title));
    entry.append(make("div", { class: "choices" }, ...choices));
  }

  retireChoices() {
    this.card = null;
    this.panel.expectCode(false);
    this.element.querySelectorAll(".choices button").forEach((button) => { button.disabled = true; });
    this.element.querySelectorAll("form.login").forEach((form) => form.remove());
  }

  /* Several answers in a row and in one minute say once when. */
  oneTimeForAll(entry) {
    const above = entry.previousElementSibling;
    if (!above || above.className !== entry.className || entry.classList.contains("from-me")) return;
    const [time, other] = [above, entry].map((one) => one.querySelector(".meta"));
    if (time && time.textContent === other.textContent) time.hidden = true;
  }

  /* What became of a line of ours; `retry` adds a button. */
  state(entry, text, retry = null) {
    const meta = entry && entry.querySelector(".meta");
    if (!meta) return;
    const again = retry && make("button", { type: "button", class: "plain", onclick: retry }, this.panel.texts.retry);
    meta.replaceChildren(this.clock.format(new Date(Number(entry.dataset.at))), text ? " · " + text : "", ...(again ? [" ", again] : []));
  }

  rendered(text) {
    return markdown(text, this.panel.host.base);
  }

  entries() {
    return [...this.element.querySelectorAll(".entry")];
  }

  nextEntry(entry) {
    let next = entry.nextElementSibling;
    while (next && !next.classList.contains("entry")) next = next.nextElementSibling;
    return next;
  }

  place(entry) {
    const id = Number(entry.dataset.id);
    const later = this.entries().find((other) => other !== entry && Number(other.dataset.id) > id) || null;
    const heading = later && later.previousElementSibling;
    const before = heading && heading.classList.contains("day") ? heading : later;
    this.element.insertBefore(entry, before);
    this.separateDays(entry, later);
  }

  separateDays(entry, later) {
    const day = entry.dataset.day;
    const earlier = this.entries().findLast((other) => other !== entry && other.compareDocumentPosition(entry) & 4);
    if (!earlier || earlier.dataset.day !== day) entry.before(make("div", { class: "day" }, this.dayName(Number(entry.dataset.at))));
    const heading = later && later.previousElementSibling;
    if (heading && heading.classList.contains("day") && later.dataset.day === day) heading.remove();
    else if (later && heading === entry && later.dataset.day !== day) {
      later.before(make("div", { class: "day" }, this.dayName(Number(later.dataset.at))));
    }
  }

  dayName(moment) {
    const noon = new Date().setHours(12, 0, 0, 0);
    const days = Math.round((noon - new Date(moment).setHours(12, 0, 0, 0)) / (2 * HALF_DAY_MS));
    if (days === 0) return this.panel.texts.today;
    return days === 1 ? this.panel.texts.yesterday : this.calendar.format(new Date(moment));
  }

  /* A long answer is read from its start: keep the question that led to it at the top, not the end at the bottom. */
  scrollToQuestion() {
    const questions = this.element.querySelectorAll(".mine");
    this.element.scrollTop = questions.length ? questions[questions.length - 1].offsetTop - this.element.offsetTop - 8 : 0;
  }
}
