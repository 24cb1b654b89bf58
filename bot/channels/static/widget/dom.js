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

/* A font need not have a sign for it. */
export const clip = () => {
  const svg = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const [picture, path] = [svg("svg"), svg("path")];
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.5 7.5");
  picture.append(path);
  return picture;
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
