// A ticket's form: what is typed is kept on the server, others see that somebody is on it, texts are inserted, answers taken back.
"use strict";
{
  const SAVE_AFTER_MS = 900, TELL_EVERY_MS = 10000, WROTE_WITHIN_MS = 10000;
  const form = document.getElementById("responder"), box = form?.elements.body;
  let saving, typedAt = 0, kept = box?.value ?? "", gone = false;

  const body = (fields) => new URLSearchParams({ csrf_token: form.elements.csrf_token.value, ...fields });
  const call = (url, fields) => fetch(url, { method: "POST", body: body(fields), keepalive: true, redirect: "manual" });
  const draft = () => ({ body: box.value, internal: form.elements.internal.value });
  const place = () => "draft:" + location.pathname;

  const save = async () => {
    clearTimeout(saving);
    const typed = box.value;
    if (gone || typed === kept) return;
    let ok = false;
    try { ok = (await call(form.dataset.draft, draft())).ok; } catch { /* said below */ }
    if (ok) { kept = typed; sessionStorage.removeItem(place()); }
    const said = document.getElementById("borrador");
    said.textContent = ok ? `${form.dataset.kept} ${new Date().toLocaleTimeString().slice(0, 5)}` : form.dataset.unkept;
    if (!ok) saving = setTimeout(save, 5 * SAVE_AFTER_MS);
  };
  const changed = () => {
    typedAt = Date.now();
    // Until the server has it; with the session over, it is here when he is back.
    sessionStorage.setItem(place(), box.value);
    clearTimeout(saving);
    saving = setTimeout(save, SAVE_AFTER_MS);
  };
  const insert = (text) => {
    const [from, to] = [box.selectionStart, box.selectionEnd];
    const before = box.value.slice(0, from);
    box.setRangeText((before && !before.endsWith("\n") ? "\n\n" : "") + text, from, to, "end");
    box.focus();
    changed();
  };

  if (form) {
    const left = sessionStorage.getItem(place());
    if (left && !box.value) { box.value = left; changed(); }
    box.addEventListener("input", changed);
    form.addEventListener("change", (event) => { if (event.target.name === "internal") { kept = null; changed(); box.focus(); } });
    form.addEventListener("submit", (event) => {
      if (gone) { event.preventDefault(); return; }
      gone = true;
      clearTimeout(saving);
      sessionStorage.removeItem(place());
      setTimeout(() => { for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true; });
    });
    addEventListener("pagehide", save);
    // Back from the browser's history the form is usable again.
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

    const look = async () => {
      if (document.hidden || gone) return;
      try {
        const answer = await call(form.dataset.presence, { writing: Date.now() - typedAt < WROTE_WITHIN_MS ? "1" : "0" });
        if (!answer.ok) return;
        const { here } = await answer.json(), line = document.getElementById("aqui");
        line.textContent = here.map((one) => (one.writing ? "✎ " + line.dataset.writes : "👁 " + line.dataset.looks).replace("%s", one.name)).join(". ");
      } catch { /* the next time */ }
    };
    look();
    setInterval(look, TELL_EVERY_MS);

    // The thread came anew: who has typed nothing has nothing that could collide with it.
    const accept = () => {
      const now = document.querySelector("#hilo .now");
      form.elements.version.value = now.dataset.version;
      form.elements.seen.value = now.dataset.lastEvent;
      document.getElementById("hubo-cambios").hidden = true;
    };
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target.id !== "hilo") return;
      const now = document.querySelector("#hilo .now");
      if (now.dataset.version === form.elements.version.value) return;
      if (box.value.trim()) document.getElementById("hubo-cambios").hidden = false; else accept();
    });
    document.addEventListener("click", (event) => {
      if (event.target.closest("[data-seen]")) { accept(); box.focus(); }
      const source = event.target.closest("[data-inserts]");
      if (!source) return;
      source.closest("dialog")?.close();
      insert(source.dataset.inserts);
    });
    document.addEventListener("keydown", (event) => {
      const first = event.target.dataset?.first;
      if (event.key !== "Enter" || !first) return;
      event.preventDefault();
      document.querySelector(first)?.click();
    });
    // A link to a folded part opens it.
    document.addEventListener("click", (event) => {
      const part = event.target.closest("a[href^='#']") && document.querySelector(event.target.closest("a").hash);
      if (part?.matches("details")) part.open = true;
    });
  }

  for (const bar of document.querySelectorAll("[data-left]")) {
    const until = Date.now() + 1000 * Number(bar.dataset.left), shown = bar.querySelector("[data-seconds]");
    const tick = () => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      if (seconds <= 0) bar.remove(); else { shown.textContent = `${seconds} s`; setTimeout(tick, 250); }
    };
    tick();
  }
}
