// Answers of the help centre that fit what is being typed; without it, a link to the help centre stands there.
"use strict";
{
  const form = document.querySelector("form[data-search]");
  const box = form.querySelector("#description");
  const place = document.getElementById("answers");
  const said = document.getElementById("answers-said");
  const shown = form.querySelector("[name=shown]");
  const PAUSE = 600, LEAST = 12, MOST = 10;
  let timer, asked = "", call;

  const show = (answers) => {
    const list = place.querySelector("ul");
    list.replaceChildren(...answers.map((answer) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = form.dataset.help + encodeURIComponent(answer.id);
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = answer.title;
      const more = document.createElement("span");
      more.className = "quiet";
      more.textContent = answer.answer;
      item.append(link, more);
      return item;
    }));
    place.hidden = answers.length === 0;
    said.textContent = answers.length ? `Hay ${answers.length === 1 ? "una respuesta que puede" : answers.length + " respuestas que pueden"} servirle, debajo de lo que escribe.` : "";
    const seen = new Set([...shown.value.split(" ").filter(Boolean), ...answers.map((answer) => answer.id)]);
    shown.value = [...seen].slice(-MOST).join(" ");
  };

  const ask = async () => {
    const text = box.value.trim().slice(0, 500);
    if (text.length < LEAST || text === asked) return;
    asked = text;
    call?.abort();
    call = new AbortController();
    try {
      const answer = await fetch(form.dataset.search + "?q=" + encodeURIComponent(text), { signal: call.signal, credentials: "omit" });
      if (answer.ok) show((await answer.json()).answers);
    } catch { /* The help centre is elsewhere and may be down; the form does not need it. */ }
  };

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
  ask();
}
