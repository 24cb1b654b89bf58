// What was typed survives an error page, a lost connection and a reload: kept in this tab alone until the form was taken.
"use strict";
{
  const SENT = "kept-sent";
  // The page that follows a form says when it was taken.
  if (document.querySelector(".flash") && !document.querySelector(".error")) sessionStorage.removeItem(sessionStorage.getItem(SENT) || "");
  sessionStorage.removeItem(SENT);
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const place = "kept:" + form.dataset.keep;
    const fields = [...form.querySelectorAll("textarea, input[type=text]")];
    try {
      const kept = JSON.parse(sessionStorage.getItem(place) || "{}");
      for (const field of fields) if (!field.value && kept[field.name]) field.value = kept[field.name];
    } catch { sessionStorage.removeItem(place); }
    const typed = () => JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value])));
    form.addEventListener("input", () => sessionStorage.setItem(place, typed()));
    form.addEventListener("submit", () => sessionStorage.setItem(SENT, place));
  }
  // Whoever logs in next in this tab finds nothing.
  document.querySelector("form[action$='/salir']")?.addEventListener("submit", () => sessionStorage.clear());
}
