/* What does not work just now, what still does, and where else the company is: search while it works, never a telephone first. */
import { linkTo, make } from "./dom.js";
import { markdown } from "./markdown.js";

const SEARCH_PAUSE_MS = 250;

export class Trouble {
  constructor(panel) {
    this.panel = panel;
    const { texts } = panel;
    this.kind = null;
    this.text = make("div", { role: "alert" });
    this.found = make("div", { role: "status" });
    this.query = make("input", { type: "search", placeholder: texts.searchHint, autocomplete: "off", oninput: () => this.typed() });
    this.search = make("div", { hidden: true }, make("label", {}, texts.search, this.query), this.found);
    const links = Object.entries(panel.host.links).flatMap(([name, url]) => [` ${texts.or} `, linkTo(url, name)]);
    this.channels = make("p", {}, texts.channels + " ", ...links.slice(1), ".");
    this.element = make("div", { class: "trouble", hidden: true }, this.text, this.search, this.channels);
  }

  begin(kind, text) {
    if (this.kind === kind && this.said === text) return;
    this.kind = kind;
    this.said = text;
    this.text.replaceChildren(...markdown(text, this.panel.host.base));
    /* The server's own words name the channels already. */
    this.channels.hidden = Object.values(this.panel.host.links).every((url) => text.includes(url));
    this.element.hidden = false;
    this.offerSearch();
  }

  end(kind) {
    if (this.kind !== kind) return;
    const focused = this.element.contains(this.panel.host.shadowRoot.activeElement);
    this.kind = this.said = null;
    this.element.hidden = true;
    if (focused) this.panel.box.focus();
  }

  async offerSearch() {
    this.panel.timeline.scrollToQuestion();
    this.search.hidden = (await this.answers("correo")) === null;
  }

  async answers(text) {
    try {
      const answer = await fetch(this.panel.host.base + "/widget/answers?q=" + encodeURIComponent(text));
      return answer.ok ? (await answer.json()).answers : null;
    } catch {
      return null;
    }
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), SEARCH_PAUSE_MS);
  }

  async look() {
    const text = this.query.value.trim();
    const answers = text.length < 3 ? [] : await this.answers(text);
    if (text !== this.query.value.trim()) return;
    const { base } = this.panel.host;
    const items = (answers || []).map(({ id, title }) => make("li", {}, linkTo(`${base}/ayuda/${encodeURIComponent(id)}`, title)));
    this.found.replaceChildren(...(items.length ? [make("ul", {}, ...items)] : text.length < 3 ? [] : [this.panel.texts.nothing]));
  }
}
