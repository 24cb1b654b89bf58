/* The card that logs a conversation in: what is typed here goes to escalation and nowhere else. */
import { make } from "./dom.js";

export const loginCard = (panel, message) => {
  const { texts } = panel;
  const email = make("input", { type: "email", name: "email", autocomplete: "username", required: true });
  const password = make("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
  const error = make("div", { class: "error", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    error.textContent = "";
    const body = JSON.stringify({ email: email.value, password: password.value });
    password.value = "";
    try {
      const headers = { Authorization: "Bearer " + panel.token, "Content-Type": "application/json" };
      const answer = await fetch(message.login_url, { method: "POST", headers, body });
      if (answer.ok) return panel.press(message.buttons[0]);
      error.textContent = answer.status === 429 ? texts.slow : answer.status < 500 ? texts.wrong : texts.noLogin;
    } catch {
      error.textContent = texts.noLogin;
    }
    password.focus();
  };
  return make("form", { class: "login", onsubmit: submit }, make("p", { class: "hint" }, texts.loginHint),
    make("label", {}, texts.email, email), make("label", {}, texts.password, password), error,
    make("button", { class: "primary", type: "submit" }, texts.login));
};
