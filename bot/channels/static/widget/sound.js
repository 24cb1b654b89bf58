/* A short tone, where he wanted it: no file, and nothing for the page's media-src. */

const SECONDS = 0.35;

export class Sound {
  constructor(host) {
    this.host = host;
  }

  ring() {
    if (!this.host.memory.sound) return;
    this.audio = this.audio || new AudioContext();
    const [tone, volume] = [this.audio.createOscillator(), this.audio.createGain()];
    const now = this.audio.currentTime;
    volume.gain.setValueAtTime(0.08, now);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + SECONDS);
    tone.frequency.value = 880;
    tone.connect(volume).connect(this.audio.destination);
    tone.start();
    tone.stop(now + SECONDS);
  }
}
