// The help centre with JavaScript: answers as one types, a vote without a new page, the chat beside the answer. Without it all works too.
"use strict";
{
  const PAUSE = 150, LEAST = 3, MOST = 6;
  const form = document.querySelector("form[data-search]");
  const place = document.getElementById("results");
  const said = document.getElementById("results-said");
  const others = document.getElementById("categories");
  let timer, call, asked = "";

  const make = (tag, text, attributes = {}) => Object.assign(document.createElement(tag), { textContent: text }, attributes);

  const list = (answers) => {
    const made = make("ol", "", { className: "answers" });
    for (const answer of answers) {
      const item = document.createElement("li");
      item.append(make("a", answer.title, { href: form.dataset.page + encodeURIComponent(answer.id) }), make("p", answer.answer));
      made.append(item);
    }
    return made;
  };

  const show = (content, spoken) => {
    const heading = make("h2", "Respuestas que pueden servirle", { id: "results-title" });
    const body = document.createElement("div");
    body.append(...(Array.isArray(content) ? [heading, list(content)] : [content]));
    place.replaceChildren(body);
    if (!body.querySelector("#results-title")) (body.querySelector("h2") || body).id = "results-title";
    place.hidden = false;
    if (others) others.hidden = true;
    said.textContent = spoken;
    wake(place);
  };

  const clear = () => {
    place.hidden = true;
    if (others) others.hidden = false;
    said.textContent = "";
  };

  const nothing = () => document.getElementById("no-results").content.cloneNode(true);

  const trouble = () => {
    const body = nothing();
    body.querySelector("h2").textContent = "No pudimos buscar en este momento";
    body.querySelector("p").textContent = "Pruebe de nuevo en un minuto con el botón Buscar, o mire los temas de esta página. También puede contarnos qué le pasa:";
    show(body, "No pudimos buscar en este momento.");
    if (others) others.hidden = false;
  };

  const ask = async () => {
    const text = form.elements.q.value.trim().slice(0, 500);
    if (text === asked) return;
    asked = text;
    call?.abort();
    if (text.length < LEAST) return clear();
    call = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.search}?limite=${MOST}&q=${encodeURIComponent(text)}`, { signal: call.signal, credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { answers } = await answer.json();
      if (answers.length) show(answers, answers.length === 1 ? "Hay una respuesta." : `Hay ${answers.length} respuestas.`);
      else show(nothing(), "No encontramos una respuesta para eso.");
    } catch (failed) {
      if (failed.name === "AbortError") return;
      asked = "";
      trouble();
    }
  };

  // Buttons that need the chat show themselves; the widget, wherever its script is, hears the event.
  const wake = (root) => {
    for (const hidden of root.querySelectorAll(".needs-script")) hidden.hidden = false;
    for (const button of root.querySelectorAll("button.chat")) {
      button.onclick = () => {
        const asked = new CustomEvent("mesa-de-ayuda:open", { detail: { entry: button.dataset.entry }, cancelable: true });
        // A widget that does not know the event at least opens.
        if (document.dispatchEvent(asked)) document.querySelector("mesa-de-ayuda")?.open?.();
      };
    }
    for (const vote of root.querySelectorAll(".opinion form")) vote.addEventListener("submit", send);
  };

  // The same form, the same answer, without leaving the line that he reads. Where that fails the browser sends it itself.
  const send = async (event) => {
    event.preventDefault();
    const box = document.getElementById("opinion"), vote = event.target;
    const body = new FormData(vote, event.submitter);
    for (const button of vote.querySelectorAll("button")) button.disabled = true;
    try {
      const answer = await fetch(vote.action, { method: "POST", body: new URLSearchParams(body), headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("opinion");
      if (!fresh) throw new Error(String(answer.status));
      box.replaceChildren(...fresh.childNodes);
      wake(box.parentNode);
      box.focus({ preventScroll: true });
    } catch {
      for (const button of vote.querySelectorAll("button")) button.disabled = false;
      vote.removeEventListener("submit", send);
      if (navigator.onLine) vote.requestSubmit(event.submitter);
    }
  };

  if (form) {
    form.elements.q.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
  }
  wake(document);

  // Who is logged in to the chat of this browser need not prove again who he is (the widget keeps its token under its own name).
  const chat = document.querySelector("form.report [name=chat]");
  if (chat) {
    try {
      chat.value = JSON.parse(localStorage.getItem("mesa-de-ayuda"))?.token ?? "";
    } catch { /* storage is forbidden, or holds nothing of ours */ }
  }
}
