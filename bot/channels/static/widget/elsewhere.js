/* Logged in, he sees what he said and was told on another device too, and may go on with it here. */
import { make } from "./dom.js";

export class Elsewhere {
  constructor(panel) {
    this.panel = panel;
    this.element = make("div", { class: "offer", role: "status", hidden: true });
  }

  async look() {
    const { host, timeline, token, api } = this.panel;
    if (host.memory.followed === token) return;
    const answer = await api.get("/widget/elsewhere").catch(() => null);
    if (!answer || !answer.ok) return;
    const { conversation } = await answer.json();
    if (!conversation || token !== this.panel.token) return;
    conversation.messages.forEach((message) => timeline.show(message, false));
    this.offer(conversation.token, new Date(conversation.messages.at(-1).at));
  }

  offer(token, at) {
    const { texts, timeline } = this.panel;
    const when = `${timeline.calendar.format(at)}, ${timeline.clock.format(at)}`;
    const follow = make("button", { type: "button", class: "plain", onclick: () => this.follow(token) }, texts.follow);
    this.element.replaceChildren(texts.earlier.replace("{when}", when) + " ", follow);
    this.element.hidden = false;
    timeline.scrollToQuestion();
  }

  async follow(token) {
    const { panel } = this;
    panel.outgoing.clear();
    panel.forget();
    panel.host.memory = { ...panel.host.memory, token, seen: 0, followed: token };
    panel.box.focus();
    await panel.connect();
  }
}
