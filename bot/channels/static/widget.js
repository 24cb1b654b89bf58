/* The Mesa de Ayuda widget: one custom element in a shadow root, no build step.
   Use: <script src="https://front/widget.js" defer></script>. Nothing is loaded or stored until the customer opens it. */
(() => {
  "use strict";
  const BASE = new URL(document.currentScript.src).origin;
  const STORAGE_KEY = "mesa-de-ayuda";
  const RETRY_PAUSES_MS = [500, 1500, 4000];
  const RECONNECT_MS = 1000;
  const POLL_MS = 15000;
  const FILE_MAX_BYTES = 10 * 1024 * 1024;

  const TEXT = {
    open: "Abrir la Mesa de Ayuda",
    close: "Cerrar",
    title: "Mesa de Ayuda",
    placeholder: "Escriba su consulta…",
    send: "Enviar",
    log: "Conversación con la Mesa de Ayuda",
    typing: "Escribiendo…",
    email: "E-mail registrado",
    password: "Contraseña",
    login: "Ingresar",
    loginHint: "Estos datos van directo al sistema de clientes; el chat no los ve.",
    wrong: "El e-mail o la contraseña no coinciden con los registrados.",
    slow: "Demasiados intentos. Espere unos minutos y pruebe de nuevo.",
    noLogin: "No pudimos comunicarnos con el sistema de clientes. Pruebe de nuevo en unos minutos.",
    offline:
      "No hay conexión con la Mesa de Ayuda; su mensaje quedó en el cuadro de texto. También puede contactarnos por " +
      "[Facebook]({{ support.facebook }}) o [Twitter]({{ support.twitter }}).",
    again: "Empezar una conversación nueva",
    attach: "Adjuntar archivos",
    limits: "Archivos: hasta 10 MB por archivo (capturas, PDF, correos .eml, texto).",
    sending: "Enviando ",
    tooLarge: "El archivo supera los 10 MB. Si es una captura, recórtela o guárdela en menor calidad y envíela de nuevo.",
    empty: "El archivo está vacío.",
    notSent: "No se pudo enviar el archivo. Revise su conexión.",
    retry: "Reintentar",
  };

  const CSS = `
    :host { all: initial; --accent: #0b5fa5; --ink: #16202a; --paper: #fff; --soft: #eef2f6; --line: #c5ced8;
      font: 16px/1.45 system-ui, sans-serif; color: var(--ink); }
    @media (prefers-color-scheme: dark) {
      :host { --accent: #6db3f2; --ink: #e9eef3; --paper: #1b232c; --soft: #2a3440; --line: #465362; } .mine, .launch, .primary { color: #10202f !important; } }
    * { box-sizing: border-box; } [hidden] { display: none !important; }
    button, input, textarea { font: inherit; color: inherit; }
    button { cursor: pointer; } :focus-visible { outline: 3px solid #f0a500; outline-offset: 2px; }
    .launch { position: fixed; right: 1.25rem; bottom: 1.25rem; z-index: 2147483000; border: 0; border-radius: 2rem; padding: .85rem 1.3rem;
      background: var(--accent); color: #fff; font-weight: 600; box-shadow: 0 4px 16px #0004; }
    .panel { position: fixed; right: 1.25rem; bottom: 1.25rem; z-index: 2147483000; width: min(25rem, calc(100vw - 1rem)); height: min(40rem, calc(100vh - 2rem));
      display: flex; flex-direction: column; background: var(--paper); border: 1px solid var(--line); border-radius: .8rem; overflow: hidden; box-shadow: 0 8px 32px #0005; }
    header { display: flex; align-items: center; justify-content: space-between; gap: .5rem; padding: .7rem 1rem; background: var(--accent); color: #fff; }
    h2 { margin: 0; font-size: 1.05rem; } header button { background: none; border: 0; color: inherit; font-size: 1.4rem; line-height: 1; padding: .2rem .5rem; }
    .log { flex: 1; overflow-y: auto; padding: 1rem; display: flex; flex-direction: column; gap: .6rem; }
    .entry { display: flex; flex-direction: column; gap: .6rem; }
    .message { max-width: 88%; padding: .6rem .85rem; border-radius: .8rem; background: var(--soft); overflow-wrap: anywhere; align-self: flex-start; }
    .mine { align-self: flex-end; background: var(--accent); color: #fff; }
    .message p { margin: 0 0 .5rem; } .message > :last-child { margin-bottom: 0; } .message ol, .message ul { margin: 0 0 .5rem; padding-left: 1.4rem; }
    .message a { color: inherit; text-decoration: underline; font-weight: 600; }
    .choices { display: flex; flex-wrap: wrap; gap: .4rem; } .choices button { background: var(--paper); border: 1px solid var(--accent); border-radius: 1.2rem; padding: .4rem .85rem; text-align: left; }
    .choices button:hover { background: var(--soft); } .choices button:disabled { opacity: .55; cursor: default; }
    .choices button.link, .entry .retry { background: none; border: 0; padding: .4rem 0; text-decoration: underline; }
    .entry progress { align-self: flex-end; width: 60%; height: .5rem; accent-color: var(--accent); } .entry .file { align-self: flex-end; max-width: 88%; text-align: right; font-size: .92rem; }
    .panel.drop .log { outline: 3px dashed var(--accent); outline-offset: -6px; }
    .typing { font-style: italic; opacity: .8; padding: 0 1rem .4rem; min-height: 1.8rem; }
    form.write { display: flex; gap: .5rem; padding: .7rem; border-top: 1px solid var(--line); }
    .clip { position: relative; display: grid; place-items: center; width: 2.8rem; border: 1px solid var(--line); border-radius: .5rem; font-size: 1.2rem; }
    .clip input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; font-size: 0; } .clip:hover { background: var(--soft); }
    .clip:focus-within { outline: 3px solid #f0a500; outline-offset: 2px; } .limits { padding: 0 1rem .3rem; opacity: .85; }
    textarea { flex: 1; min-width: 0; resize: none; height: 2.8rem; padding: .55rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); }
    .primary { background: var(--accent); color: #fff; border: 0; border-radius: .5rem; padding: .55rem 1rem; font-weight: 600; }
    form.login { display: grid; gap: .5rem; padding: .8rem; border: 1px solid var(--line); border-radius: .8rem; } form.login label { display: grid; gap: .2rem; font-size: .92rem; }
    form.login input { padding: .5rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); } .error { color: #b3261e; font-weight: 600; } .hint { font-size: .85rem; margin: 0; }
    .again { background: none; border: 0; text-decoration: underline; font-size: .85rem; padding: .2rem 1rem .6rem; text-align: left; }
    @media (prefers-color-scheme: dark) { header { color: #10202f; } .error { color: #ffb4ab; } }
    @media (max-width: 480px) { .panel { inset: 0; width: 100%; height: 100%; border-radius: 0; border: 0; } }`;

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };

  const newId = () => (crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random());
  const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  /* A safe subset of Markdown, built as DOM: paragraphs, lists, **bold**, [links](https…). Never innerHTML. */
  const inline = (text) => {
    const pattern = /\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^)\s]+|\/[^)\s]*)\)/g;
    const nodes = [];
    let from = 0;
    for (const found of text.matchAll(pattern)) {
      nodes.push(text.slice(from, found.index));
      from = found.index + found[0].length;
      if (found[1]) nodes.push(make("strong", {}, found[1]));
      else nodes.push(make("a", { href: new URL(found[3], BASE).href, target: "_blank", rel: "noopener" }, found[2]));
    }
    nodes.push(text.slice(from));
    return nodes;
  };
  const markdown = (text) => {
    const blocks = [];
    let list = null;
    for (const line of text.split("\n")) {
      const item = line.match(/^\s*(?:(\d+)\.|-)\s+(.*)$/);
      if (item) {
        const kind = item[1] ? "OL" : "UL";
        if (!list || list.tagName !== kind) blocks.push((list = make(kind)));
        list.append(make("li", {}, ...inline(item[2])));
      } else {
        list = null;
        if (line.trim()) blocks.push(make("p", {}, ...inline(line)));
      }
    }
    return blocks;
  };

  class MesaDeAyuda extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      root.adoptedStyleSheets = [sheet];
      this.launcher = make("button", { class: "launch", type: "button", "aria-haspopup": "dialog", onclick: () => this.open() }, TEXT.open);
      root.append(this.launcher, this.build());
      this.forget();
      document.addEventListener("visibilitychange", () => (document.hidden ? this.hush() : this.listen()));
      document.addEventListener("mesa-de-ayuda:open", (event) => {
        event.preventDefault(); // it is heard
        this.openAbout(event.detail && event.detail.entry);
      });
      if (this.hasAttribute("open")) this.open();
    }

    /* A page asks for the chat; `entry`: the answer that its reader has before him, which the bot then knows of. */
    async openAbout(entry) {
      await this.open();
      if (!entry || !this.session || this.busy) return;
      try {
        const answer = await this.call("/widget/entries/" + encodeURIComponent(entry));
        if (answer.ok) this.press(await answer.json());
      } catch {
        this.say({ text: TEXT.offline, author: "bot" });
      }
    }

    build() {
      this.log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": TEXT.log, tabindex: "0" });
      this.typing = make("div", { class: "typing", role: "status" });
      this.box = make("textarea", { "aria-label": TEXT.placeholder, placeholder: TEXT.placeholder, maxlength: "8000", rows: "1" });
      this.box.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.submit();
        }
      });
      const files = make("input", { type: "file", multiple: true, "aria-label": TEXT.attach, "aria-describedby": "limits", title: TEXT.attach });
      files.addEventListener("change", () => {
        this.attach([...files.files]);
        files.value = "";
      });
      const write = make("form", { class: "write", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        make("label", { class: "clip" }, make("span", { "aria-hidden": "true" }, "📎"), files),
        this.box, make("button", { class: "primary", type: "submit" }, TEXT.send));
      this.panel = make("section", { class: "panel", role: "dialog", "aria-label": TEXT.title, hidden: true },
        make("header", {}, make("h2", {}, TEXT.title),
          make("button", { type: "button", "aria-label": TEXT.close, onclick: () => this.close() }, "×")),
        this.log, this.typing, write, make("p", { class: "hint limits", id: "limits" }, TEXT.limits),
        make("button", { class: "again", type: "button", onclick: () => this.restart() }, TEXT.again));
      this.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
      this.takeDroppedAndPasted();
      return this.panel;
    }

    takeDroppedAndPasted() {
      const over = (event) => {
        if (![...event.dataTransfer.types].includes("Files")) return;
        event.preventDefault();
        this.panel.classList.toggle("drop", event.type === "dragover");
        if (event.type === "drop") this.attach([...event.dataTransfer.files]);
      };
      for (const kind of ["dragover", "dragleave", "drop"]) this.panel.addEventListener(kind, over);
      this.panel.addEventListener("paste", (event) => {
        const { files, types } = event.clipboardData;
        /* What is copied from a spreadsheet is text and its picture: he means the text. */
        if (!files.length || types.includes("text/plain")) return;
        event.preventDefault();
        this.attach([...files]);
      });
    }

    /* What is known of the conversation on the screen: which messages are there, which lines of ours have no id yet, how far
       the stream was read, and whose buttons are alive. */
    forget() {
      this.hush();
      this.shown = new Set();
      this.pending = new Map();
      this.cursor = 0;
      this.turn = null;
      this.uploads = Promise.resolve();
    }

    async open() {
      this.panel.hidden = false;
      this.launcher.hidden = true;
      this.box.focus();
      try {
        if (!this.session) await this.resume();
        this.listen();
      } catch {
        this.session = null;
        this.say({ text: TEXT.offline, author: "bot" });
      }
    }

    close() {
      this.hush();
      this.panel.hidden = true;
      this.launcher.hidden = false;
      this.launcher.focus();
    }

    async restart() {
      localStorage.removeItem(STORAGE_KEY);
      this.session = null;
      this.forget();
      this.log.replaceChildren();
      await this.open();
    }

    async resume() {
      this.session = JSON.parse(localStorage.getItem(STORAGE_KEY) || "null");
      if (this.session) {
        const answer = await this.call("/widget/messages");
        if (answer.ok) {
          const { messages } = await answer.json();
          const last = [...messages].reverse().find((message) => message.reply_to || message.author === "customer");
          messages.forEach((message) => this.hear(message, Boolean(message.reply_to) && message.reply_to === last.reply_to));
          if (messages.length) return;
        } else if (answer.status !== 401) throw new Error("unavailable");
      }
      const opened = await fetch(BASE + "/widget/conversations", { method: "POST" });
      if (!opened.ok) throw new Error("unavailable");
      const made = await opened.json();
      this.session = { token: made.token };
      await this.deliver({ payload: made.start_payload });
    }

    call(path, { body, signal } = {}) {
      const headers = { Authorization: "Bearer " + this.session.token };
      if (!body) return fetch(BASE + path, { headers, signal });
      return fetch(BASE + path, { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) });
    }

    async submit() {
      const text = this.box.value.trim();
      if (!text || this.busy) return;
      this.box.value = "";
      if (!this.session) await this.resume().catch(() => {});
      if (!this.session) {
        this.box.value = text;
        return this.say({ text: TEXT.offline, author: "bot" });
      }
      const id = newId();
      this.pending.set(id, this.say({ text, author: "customer" }));
      if (!(await this.deliver({ id, text }))) this.box.value = text;
      this.listen();
    }

    press(button) {
      if (this.busy) return;
      const id = newId();
      this.pending.set(id, this.say({ text: button.title, author: "customer" }));
      this.box.focus(); // the pressed button is about to be disabled, and would take the focus out of the panel
      this.deliver({ id, payload: button.payload });
    }

    /* The same id on every try: the server answers a repeated message with the first answer and does nothing twice. */
    async deliver(content) {
      const body = { id: newId(), ...content };
      this.wait(true);
      try {
        for (const pause of [...RETRY_PAUSES_MS, null]) {
          try {
            const answer = await this.call("/widget/messages", { body });
            if (answer.status < 500) {
              const { message, replies, detail } = await answer.json();
              localStorage.setItem(STORAGE_KEY, JSON.stringify(this.session));
              if (message && message.text) this.show(message);
              (replies || [{ text: detail, author: "bot" }]).forEach((reply) => this.show(reply));
              return answer.ok;
            }
          } catch { /* no connection: the next try follows */ }
          if (pause === null) break;
          await sleep(pause);
        }
        this.say({ text: TEXT.offline, author: "bot" });
        return false;
      } finally {
        this.wait(false);
      }
    }

    wait(busy) {
      this.busy = busy;
      this.typing.textContent = busy ? TEXT.typing : "";
    }

    retireChoices() {
      this.log.querySelectorAll(".choices button").forEach((button) => { button.disabled = true; });
      this.log.querySelectorAll("form.login").forEach((form) => form.remove());
    }

    /* What others wrote (staff, another tab) comes by the stream; so does everything of ours a second time. */
    async listen() {
      if (this.listening || !this.session || this.panel.hidden || document.hidden) return;
      const { signal } = (this.listening = new AbortController());
      while (!signal.aborted) {
        let pause = RECONNECT_MS;
        try {
          const answer = await this.call("/widget/events?after=" + this.cursor, { signal });
          if (answer.status === 401) return;
          if (answer.ok) await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
          else {
            pause = POLL_MS;
            await this.poll(signal);
          }
        } catch {
          pause = POLL_MS;
        }
        if (!signal.aborted) await sleep(pause);
      }
    }

    hush() {
      if (this.listening) this.listening.abort();
      this.listening = null;
    }

    async read(stream) {
      let rest = "";
      for (;;) {
        const { value, done } = await stream.read();
        if (done) return;
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const event of events) {
          const data = event.split("\n").find((line) => line.startsWith("data: "));
          if (data) this.hear(JSON.parse(data.slice(6)));
        }
      }
    }

    async poll(signal) {
      const answer = await this.call("/widget/messages?after=" + this.cursor, { signal });
      if (answer.ok) (await answer.json()).messages.forEach((message) => this.hear(message));
    }

    hear(message, live = true) {
      this.cursor = Math.max(this.cursor, Number(message.id));
      this.show(message, live);
    }

    show(message, live = true) {
      const mine = message.client_id && this.pending.get(message.client_id);
      if (mine) this.settle(mine, message);
      else if (!message.id || !this.shown.has(message.id)) this.say(message, live);
    }

    /* A line of ours is stored now: it has its place, and its secrets are hidden. */
    settle(entry, message) {
      this.pending.delete(message.client_id);
      this.shown.add(message.id);
      entry.dataset.id = message.id;
      entry.querySelector(".message").replaceChildren(...markdown(message.text));
      const after = entry.nextElementSibling;
      if (after && Number(after.dataset.id) < Number(message.id)) this.place(entry);
    }

    place(entry) {
      const id = Number(entry.dataset.id);
      const later = [...this.log.children].find((other) => Number(other.dataset.id) > id);
      this.log.insertBefore(entry, later || null);
    }

    say(message, live = false) {
      const entry = make("div", { class: "entry", "data-id": message.id || null });
      if (message.id) this.shown.add(message.id);
      if (live && message.reply_to && message.reply_to !== this.turn) {
        this.retireChoices();
        this.turn = message.reply_to;
      }
      if (message.text) entry.append(make("div", { class: "message " + (message.author === "customer" ? "mine" : "theirs") }, ...markdown(message.text)));
      if (message.card === "login" && live) entry.append(this.loginCard(message));
      if (message.buttons && message.buttons.length && live) {
        const aside = (index) => message.card === "login" && index > 0;
        entry.append(make("div", { class: "choices" },
          ...message.buttons.map((button, index) => make("button", { type: "button", class: aside(index) && "link", onclick: () => this.press(button) }, button.title))));
      }
      this.place(entry);
      if (message.id && !message.reply_to && live) entry.scrollIntoView({ block: "nearest" });
      else this.scrollToQuestion();
      return entry;
    }

    /* A long answer is read from its start: keep the question that led to it at the top, not the end at the bottom. */
    scrollToQuestion() {
      const questions = this.log.querySelectorAll(".mine");
      this.log.scrollTop = questions.length ? questions[questions.length - 1].offsetTop - this.log.offsetTop - 8 : 0;
    }

    /* One after another, in the order in which they were chosen. */
    attach(files) {
      for (const file of files) {
        const bar = make("progress", { max: "1", value: "0", "aria-label": TEXT.sending + file.name });
        const error = make("div", { class: "file error", role: "alert" });
        const entry = this.say({ text: "📎 " + file.name, author: "customer" });
        entry.append(bar, error);
        this.enqueue({ id: newId(), file, entry, bar, error });
      }
    }

    enqueue(line) {
      this.uploads = this.uploads.then(() => this.upload(line)).catch(() => this.fail(line, TEXT.notSent, true));
    }

    async upload(line) {
      if (line.file.size > FILE_MAX_BYTES) return this.fail(line, TEXT.tooLarge);
      if (!line.file.size) return this.fail(line, TEXT.empty);
      if (!this.session) await this.resume();
      this.pending.set(line.id, line.entry);
      for (const pause of [...RETRY_PAUSES_MS, null]) {
        const { status, body } = await this.post(line);
        if (status === 201) {
          line.bar.remove();
          localStorage.setItem(STORAGE_KEY, JSON.stringify(this.session));
          this.show(body.message);
          return body.replies.forEach((reply) => this.show(reply));
        }
        if (status && status < 500) return this.fail(line, body.text || body.detail || TEXT.notSent, status === 429);
        if (pause !== null) await sleep(pause);
      }
      this.fail(line, TEXT.notSent, true);
    }

    fail(line, text, again = false) {
      line.bar.hidden = true;
      const retry = make("button", { type: "button", class: "retry", onclick: () => {
        line.bar.hidden = false;
        line.bar.value = 0;
        line.error.replaceChildren();
        this.box.focus();
        this.enqueue(line);
      } }, TEXT.retry);
      line.error.replaceChildren(text, ...(again ? [" ", retry] : []));
    }

    /* fetch cannot tell how much of a body is on its way. The same id on every try: a file does not arrive twice. */
    post({ id, file, bar }) {
      const form = new FormData();
      form.append("id", id);
      form.append("file", file, file.name);
      return new Promise((done) => {
        const request = new XMLHttpRequest();
        request.open("POST", BASE + "/widget/attachments");
        request.setRequestHeader("Authorization", "Bearer " + this.session.token);
        request.upload.onprogress = (event) => {
          if (event.loaded < event.total) bar.value = event.loaded / event.total;
          else bar.removeAttribute("value");
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

    loginCard(message) {
      const email = make("input", { type: "email", name: "email", autocomplete: "username", required: true });
      const password = make("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
      const error = make("div", { class: "error", role: "alert" });
      const submit = async (event) => {
        event.preventDefault();
        error.textContent = "";
        const body = JSON.stringify({ email: email.value, password: password.value });
        password.value = "";
        try {
          const headers = { Authorization: "Bearer " + this.session.token, "Content-Type": "application/json" };
          const answer = await fetch(message.login_url, { method: "POST", headers, body });
          if (answer.ok) return this.press(message.buttons[0]);
          error.textContent = answer.status === 429 ? TEXT.slow : answer.status < 500 ? TEXT.wrong : TEXT.noLogin;
        } catch {
          error.textContent = TEXT.noLogin;
        }
        password.focus();
      };
      return make("form", { class: "login", onsubmit: submit }, make("p", { class: "hint" }, TEXT.loginHint),
        make("label", {}, TEXT.email, email), make("label", {}, TEXT.password, password), error,
        make("button", { class: "primary", type: "submit" }, TEXT.login));
    }
  }

  if (!customElements.get("mesa-de-ayuda")) customElements.define("mesa-de-ayuda", MesaDeAyuda);
  const place = () => document.querySelector("mesa-de-ayuda") || document.body.append(make("mesa-de-ayuda"));
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
})();
