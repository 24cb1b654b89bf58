// What was typed survives an error page, a lost connection and a reload: kept in this tab alone until the form was taken.
"use strict";
{
  const SENT = "kept-sent";
  // The page that follows a form says when it was taken.
  if (document.querySelector(".flash") && !document.querySelector(".error")) sessionStorage.removeItem(sessionStorage.getItem(SENT) || "");
  sessionStorage.removeItem(SENT);
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const place = "kept:" + form.dataset.keep;
    const texts = [...form.querySelectorAll("textarea, input[type=text]")];
    const choices = [...form.querySelectorAll("input[type=radio]")];
    // What the server sends back is newer than what is kept here.
    const untouched = texts.every((box) => !box.value);
    try {
      const kept = untouched ? JSON.parse(sessionStorage.getItem(place) || "{}") : {};
      for (const box of texts) if (kept[box.name]) box.value = kept[box.name];
      for (const choice of choices) if (kept[choice.name] === choice.value) choice.checked = true;
    } catch { sessionStorage.removeItem(place); }
    const typed = () => JSON.stringify(Object.fromEntries([...texts, ...choices.filter((choice) => choice.checked)].map((box) => [box.name, box.value])));
    form.addEventListener("input", () => sessionStorage.setItem(place, typed()));
    form.addEventListener("submit", () => sessionStorage.setItem(SENT, place));
  }
  // Whoever logs in next in this tab finds nothing.
  document.querySelector("form[action$='/salir']")?.addEventListener("submit", () => sessionStorage.clear());
}
