// What was typed survives an error page, a lost connection and a reload: kept in this tab alone until the form was taken.
"use strict";
for (const form of document.querySelectorAll("form[data-keep]")) {
  const place = "kept:" + form.dataset.keep;
  const fields = [...form.querySelectorAll("textarea, input[type=text]")];
  // A page that says that something was taken begins anew.
  if (document.querySelector(".flash")) sessionStorage.removeItem(place);
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) || "{}");
    for (const field of fields) if (!field.value && kept[field.name]) field.value = kept[field.name];
  } catch { sessionStorage.removeItem(place); }
  const keep = () => sessionStorage.setItem(place, JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));
  form.addEventListener("input", keep);
}
// Whoever logs in next in this tab finds nothing.
document.querySelector("form[action$='/salir']")?.addEventListener("submit", () => sessionStorage.clear());
