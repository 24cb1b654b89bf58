/* What others wrote (staff, news of tickets, another tab) comes by the stream while the panel is open; so does everything of
   ours a second time. */
import { Pause } from "./dom.js";

const RECONNECT_MS = 1000;
const POLL_MS = 15000;
/* The server says every second that it is still there. */
const SILENCE_MS = 12000;

export class Stream {
  constructor(panel) {
    this.panel = panel;
    this.pause = new Pause();
    this.control = null;
  }

  async listen() {
    const { panel } = this;
    if (this.control || !panel.ready || !panel.isOpen || document.hidden) return;
    const { signal } = (this.control = new AbortController());
    while (!signal.aborted) {
      let pause = RECONNECT_MS;
      try {
        pause = await this.once(signal);
      } catch {
        pause = POLL_MS;
        if (!signal.aborted) panel.trouble.begin("offline", panel.texts.offline);
      }
      if (!signal.aborted) await this.pause.for(pause);
    }
  }

  hush() {
    if (this.control) this.control.abort();
    this.control = null;
    this.pause.wake();
  }

  async once(signal) {
    const { api, cursor } = this.panel;
    const mine = new AbortController();
    const stop = () => mine.abort();
    let answered = false;
    signal.addEventListener("abort", stop);
    this.watch(mine);
    try {
      const answer = await api.get("/widget/events?after=" + cursor, mine.signal);
      if (answer.ok) {
        answered = true;
        this.panel.back();
        await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader(), mine);
        return RECONNECT_MS;
      }
      if (answer.status === 401) return POLL_MS;
      await this.poll(mine.signal);
      this.panel.back();
      return POLL_MS;
    } catch (failed) {
      /* It fell silent or broke off: whether there is still a connection shows the next try. */
      if (answered && !signal.aborted) return RECONNECT_MS;
      throw failed;
    } finally {
      clearTimeout(this.timer);
      signal.removeEventListener("abort", stop);
    }
  }

  watch(control) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => control.abort(), SILENCE_MS);
  }

  async read(stream, control) {
    let rest = "";
    for (;;) {
      const { value, done } = await stream.read();
      if (done) return;
      this.watch(control);
      if (navigator.onLine) this.panel.trouble.end("offline");
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const data = event.split("\n").find((line) => line.startsWith("data: "));
        if (data) this.panel.hear(JSON.parse(data.slice(6)));
      }
    }
  }

  async poll(signal) {
    const answer = await this.panel.api.get("/widget/messages?after=" + this.panel.cursor, signal);
    if (!answer.ok) throw new Error("unavailable");
    (await answer.json()).messages.forEach((message) => this.panel.hear(message));
  }
}
