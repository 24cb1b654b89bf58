// Says before sending what the server would refuse after it: a refused upload costs minutes on a phone.
"use strict";
for (const input of document.querySelectorAll("input[type=file][data-each]")) {
  const limits = Object.fromEntries(["each", "together", "count"].map((name) => [name, Number(input.dataset[name])]));
  const said = document.createElement("p");
  said.className = "wrong";
  said.id = input.id + "-limit";
  said.setAttribute("role", "alert");
  input.after(said);
  input.setAttribute("aria-describedby", input.getAttribute("aria-describedby") + " " + said.id);
  const reason = () => {
    const files = [...input.files];
    const large = files.find((file) => file.size > limits.each);
    if (large) return `«${large.name}» supera los 10 MB. Quítelo o elija otro.`;
    if (files.length > limits.count) return `Puede enviar hasta ${limits.count} archivos por vez.`;
    if (files.reduce((sum, file) => sum + file.size, 0) > limits.together) return "Los archivos superan los 40 MB en total.";
    return "";
  };
  const show = () => {
    said.textContent = reason();
    said.textContent ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
    return !said.textContent;
  };
  input.addEventListener("change", show);
  input.form.addEventListener("submit", (event) => {
    if (show()) return;
    event.preventDefault();
    input.focus();
  });
}
