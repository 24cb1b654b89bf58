// Of the report's fields only those show that say something about the chosen service.
"use strict";
{
  const form = document.querySelector("form.report");
  const fields = [...form.querySelectorAll("[data-field]")];
  const value = (name) => (new FormData(form).get(name) || "").trim();
  const applies = (field) => {
    const area = value("area"), areas = field.dataset.areas.split(" ");
    // Before he chooses, what is asked of nearly everybody.
    if (area ? !areas.includes(area) : areas.length < 4) return false;
    if (field.dataset.field === "scope") return !value("site").includes("@");
    if (field.dataset.field === "circumstances") return !["", "Siempre"].includes(value("frequency"));
    return true;
  };
  const update = () => {
    for (const field of fields) {
      // What is written stays in sight, even where it was not asked for.
      const written = [...field.querySelectorAll("textarea, input[type=text]")].some((box) => box.value.trim());
      field.hidden = !applies(field) && !written;
    }
  };
  form.addEventListener("input", update);
  update();
}
