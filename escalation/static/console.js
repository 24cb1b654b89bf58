// The console's keyboard, its dialogs, and what is said when a part of a page cannot be loaded.
"use strict";
{
  const OFF = "keys-off", SECOND_KEY_MS = 1200;
  const typing = (at) => at.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  let first = "", timer;

  // What carries data-key is pressed, or focused where one types in it; of several the first that can be seen.
  const reach = (key) => {
    const named = [...document.querySelectorAll("[data-key]")].filter((at) => at.dataset.key === key);
    const found = named.find((at) => at.getClientRects().length);
    if (!found) return false;
    if (found.matches("input:not([type=checkbox], [type=radio]), textarea, select")) { found.focus(); found.select?.(); } else found.click();
    // Who chose what he writes goes on with writing it.
    document.getElementById(found.dataset.then)?.focus();
    return true;
  };

  // Rows that j and k go through: the link in data-row is what Enter opens.
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const step = (by) => {
    const all = rows(), at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    next?.querySelector("a[data-open]")?.focus();
    next?.scrollIntoView({ block: "nearest" });
    return Boolean(next);
  };
  const mark = () => {
    const box = document.activeElement.closest("[data-row]")?.querySelector("input[type=checkbox]");
    box?.click();
    return Boolean(box);
  };
  const OWN = { j: () => step(1), k: () => step(-1), x: mark };

  document.addEventListener("keydown", (event) => {
    const at = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && at.form) {
      event.preventDefault();
      at.form.requestSubmit(at.form.querySelector("[data-sends]") ?? undefined);
      return;
    }
    if (event.key === "Escape" && typing(at)) { at.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(at) || document.querySelector("dialog[open]")) return;
    // WCAG 2.1.4: keys of one letter can be turned off.
    if (localStorage.getItem(OFF)) return;
    const key = first ? `${first} ${event.key}` : event.key;
    clearTimeout(timer);
    if (!first && event.key === "g") {
      first = "g";
      timer = setTimeout(() => { first = ""; }, SECOND_KEY_MS);
      return;
    }
    first = "";
    if (OWN[key]?.() || reach(key)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  });
  const keys = document.getElementById("atajos-activos");
  if (keys) {
    keys.checked = !localStorage.getItem(OFF);
    keys.addEventListener("change", () => keys.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
  }

  // A choice that is a form of its own is sent when it is made.
  document.addEventListener("change", (event) => { if (event.target.matches?.("[data-submits]")) event.target.form.requestSubmit(); });
  // Ticking the head of a list ticks its rows.
  document.addEventListener("change", (event) => {
    const all = event.target;
    if (!all.matches?.("[data-marks-all]")) return;
    for (const box of document.querySelectorAll(`input[name="${all.dataset.marksAll}"]`)) box.checked = all.checked;
  });

  // The error state of every part that htmx loads: said where it would have been, with a way to try again.
  const said = (target, text, again) => {
    const box = document.createElement("div"), line = document.createElement("p"), button = document.createElement("button");
    box.className = "state error";
    box.setAttribute("role", "alert");
    line.textContent = `⚠ ${text}`;
    button.type = "button";
    button.className = "second";
    button.textContent = document.body.dataset.retry;
    button.addEventListener("click", again);
    box.append(line, button);
    target.replaceChildren(box);
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    // A log-in page in the middle of a ticket would lose what is typed there.
    if (xhr.responseURL && new URL(xhr.responseURL).pathname.endsWith("/ingresar")) {
      event.detail.shouldSwap = false;
      document.getElementById("avisos").textContent = document.body.dataset.lapsed;
    }
    // What a form is refused for comes back as a part of the page too.
    if ([409, 422].includes(xhr.status) && requestConfig.verb === "post") { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  const failed = (event) => {
    const { elt, target, requestConfig } = event.detail;
    if (!target || requestConfig?.verb !== "get" || elt.closest("[data-quiet]")) return;
    said(target, document.body.dataset.failed, () => htmx.ajax("GET", requestConfig.path, { target, swap: "innerHTML" }));
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, failed);
}
