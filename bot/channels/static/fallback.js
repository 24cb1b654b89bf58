/* Put on another host than the help desk's, beside the widget's own line: says where to turn where the widget does not come.
   <script src="https://elsewhere.example/fallback.js" defer></script>. Loads and stores nothing; written by `make static-fallback`. */
(() => {
  "use strict";
  const TOLD = "%CONTENT%";
  const WIDGET = "mesa-de-ayuda";
  /* A phone on a slow line gets the widget's loader within this. */
  const PATIENCE_MS = 8000;
  const CSS = `:host{all:initial!important;position:fixed!important;right:1.25em!important;bottom:1.25em!important;z-index:2147483000!important;max-width:calc(100vw - 2.5em)}
.box{font:16px/1.45 system-ui,sans-serif;max-width:21em;padding:.9em 1.1em;border:1px solid #79858f;border-radius:.8em;background:#fff;color:#16202a;box-shadow:0 4px 16px #0004}
p,ul{margin:.4em 0}ul{padding-left:1.2em}a{color:#0b5fa5}button{font:inherit;padding:.4em .9em;border:1px solid #79858f;border-radius:.5em;background:none;color:inherit;cursor:pointer}
:focus-visible{outline:3px solid #b35c00;outline-offset:2px}
@media(prefers-color-scheme:dark){.box{background:#1b232c;color:#e9eef3}a{color:#6db3f2}}`;
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text || "" });

  const show = () => {
    if (customElements.get(WIDGET) || document.querySelector("[data-mesa-fallback]")) return;
    const host = make("aside");
    host.dataset.mesaFallback = "";
    host.lang = TOLD.language;
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const box = Object.assign(make("div"), { className: "box", role: "status" });
    const list = make("ul");
    for (const { title, href } of TOLD.links) {
      const item = make("li"), link = Object.assign(make("a", title), { href, target: "_blank", rel: "noopener" });
      item.append(link);
      list.append(item);
    }
    const close = Object.assign(make("button", "Cerrar"), { type: "button", onclick: () => host.remove() });
    box.append(make("p", TOLD.text), list, make("p", TOLD.mail_text), close);
    root.append(box);
    document.body.append(host);
    /* It came after all. */
    customElements.whenDefined(WIDGET).then(() => host.remove());
  };

  const wait = () => setTimeout(show, PATIENCE_MS);
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait);
})();
