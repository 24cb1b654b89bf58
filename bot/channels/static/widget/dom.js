/* Elements from values. Nothing here or elsewhere in the widget makes elements from a string of HTML. */

export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};

export const newId = () => (crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random());

/* Resolves after a while, or as soon as somebody calls `wake`. */
export class Pause {
  for(milliseconds) {
    return new Promise((done) => {
      const timer = setTimeout(done, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }

  wake() {}
}

export const linkTo = (href, text) => make("a", { href, target: "_blank", rel: "noopener" }, text);
