/* The launcher alone (docs/widget.md); the conversation is fetched when the customer opens it. */
(() => {
  "use strict";
  const NAME = "mesa-de-ayuda";
  const script = document.currentScript;
  const BASE = new URL(script.src).origin;
  const POLL_MS = 60000;
  const AGAIN_MS = 5000;
  const TEXTS = {
    es: {
      open: "Abrir la Mesa de Ayuda",
      unread: " sin leer",
      down: "No podemos conectarnos con la Mesa de Ayuda; se abrirá sola cuando vuelva. También estamos en",
      close: "Cerrar",
    },
    en: {
      open: "Open the help desk",
      unread: " unread",
      down: "We cannot reach the help desk; it opens by itself when it is back. We are also on",
      close: "Close",
    },
  };
  const DARK = "{--ink:#e9eef3;--paper:#1b232c;--soft:#2a3440;--line:#7d8b99;--error:#ffb4ab;--accent:#6db3f2;--on:#10202f;";
  const CSS = (light, dark) => `:host{all:initial!important;position:fixed!important;z-index:2147483000!important}
.mesa{--ink:#16202a;--paper:#fff;--soft:#eef2f6;--line:#79858f;--error:#b3261e;--accent:#0b5fa5;--on:#fff;${light}font:medium/1.45 system-ui,sans-serif;color:var(--ink);direction:ltr}
.mesa[data-theme=dark]${DARK + dark}}@media(prefers-color-scheme:dark){.mesa:not([data-theme=light])${DARK + dark}}}
*{box-sizing:border-box}[hidden]{display:none!important}button{font:inherit;color:inherit;cursor:pointer}
:focus-visible{outline:.2em solid #b35c00;outline-offset:2px;box-shadow:0 0 0 2px #fff}
.launch,.down{position:fixed;right:1.25em;bottom:1.25em;border:0;border-radius:2em;padding:.85em 1.3em;background:var(--accent);color:var(--on);font-weight:600;box-shadow:0 4px 16px #0004}
.badge{border:1px solid;padding:0 .5em;border-radius:1em;background:#b3261e;color:#fff}
.down{bottom:6em;max-width:20em;background:var(--paper);color:var(--ink)}.down a{color:inherit}`;

  /* WCAG 2: one of black and white has at least 4.5:1 on any colour. */
  const brand = (hex) => {
    if (!/^#[0-9a-f]{6}$/i.test(hex)) return "";
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(hex.slice(at, at + 2), 16) / 255;
      return part > 0.04 ? ((part + 0.055) / 1.055) ** 2.4 : part / 12.92;
    });
    return `--accent:${hex};--on:${0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff"};`;
  };
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  class MesaDeAyuda extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const setting = (name) => this.getAttribute("data-" + name) ?? script.getAttribute("data-" + name);
      this.base = BASE;
      this.links = { Facebook: "{{ support.facebook }}", Twitter: "{{ support.twitter }}" };
      this.language = /^en/.test(setting("lang")) ? "en" : "es";
      this.texts = TEXTS[this.language];
      this.launcher = make("button", { className: "launch", type: "button", ariaHasPopup: "dialog", onclick: () => this.open() });
      this.box = make("div", { className: "mesa", lang: this.language }, this.launcher);
      this.box.dataset.theme = setting("theme");
      this.attachShadow({ mode: "open" }).append(this.box);
      const light = brand(setting("color"));
      this.dress(CSS(light, brand(setting("color-dark")) || light));
      this.unread(0);
      const look = () => this.look();
      setInterval(look, POLL_MS);
      document.addEventListener("visibilitychange", look);
      look();
      const asked = () => location.hash === "#" + NAME && this.open();
      addEventListener("hashchange", asked);
      document.addEventListener(NAME + ":open", (event) => {
        event.preventDefault();
        this.open(event.detail?.entry);
      });
      setting("open") === null ? asked() : this.open();
    }

    /* A constructed sheet is no inline style: no directive of the page's policy speaks of it. */
    dress(css) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      this.shadowRoot.adoptedStyleSheets = [...this.shadowRoot.adoptedStyleSheets, sheet];
    }

    /* {token, seen, sound}; where storage is forbidden the conversation lives as long as the page. */
    get memory() {
      try {
        this.kept = JSON.parse(localStorage.getItem(NAME));
      } catch {}
      return this.kept || {};
    }

    set memory(content) {
      this.kept = content;
      try {
        localStorage.setItem(NAME, JSON.stringify(content));
      } catch {}
    }

    unread(count) {
      const { open, unread } = this.texts;
      this.launcher.replaceChildren(open, ...(count ? [" ", make("span", { className: "badge" }, count + unread)] : []));
      if (this.panel && count > this.count) this.panel.ring();
      this.count = count;
    }

    /* Somebody who talked to us before: did anybody answer while it was closed? */
    async look() {
      const { token, seen } = this.memory;
      if (!token || (this.panel && this.panel.listening)) return;
      try {
        const answer = await fetch(`${BASE}/widget/unread?after=${seen || 0}`, { headers: { Authorization: "Bearer " + token } });
        if (answer.ok) this.unread((await answer.json()).unread);
      } catch {}
    }

    async open(entry) {
      this.wanted = true;
      for (let tries = 0; !this.panel; tries++) {
        try {
          /* A browser may remember a failed module for ever: each try has an address of its own. */
          const { Panel } = await import(`${BASE}/widget/code/%CODE%-${tries}/panel.js`);
          this.panel ??= new Panel(this);
        } catch {
          if (!this.down) this.sayDown();
          await new Promise((done) => setTimeout(done, AGAIN_MS));
        }
      }
      if (this.down) this.down.remove();
      if (this.wanted) this.panel.open(entry);
      this.wanted = false;
    }

    sayDown() {
      const { down, close } = this.texts;
      const links = Object.entries(this.links).flatMap(([name, href]) => [" ", make("a", { href, target: "_blank", rel: "noopener" }, name)]);
      const onclick = () => {
        this.wanted = this.down = null;
        box.remove();
        this.launcher.focus();
      };
      const button = make("button", { onclick }, close);
      const box = make("div", { className: "down", role: "alert" }, down, ...links, " ", button);
      box.onkeydown = ({ key }) => key === "Escape" && onclick();
      this.box.append((this.down = box));
      button.focus();
    }
  }

  if (customElements.get(NAME)) return;
  customElements.define(NAME, MesaDeAyuda);
  /* Beside the body, which a page may transform or replace. */
  if (!document.querySelector(NAME)) document.documentElement.append(make(NAME));
})();
