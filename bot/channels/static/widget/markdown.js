/* A safe subset of Markdown, built as DOM: paragraphs, lists in lists, headings as bold lines, **bold**, *emphasis*, `code`,
   fenced code, [links](https://… or /…). Whatever else is there is shown as it was written. */
import { linkTo, make } from "./dom.js";

const INLINE = /\*\*([^*]+)\*\*|`([^`]+)`|\[([^\]]+)\]\((https?:\/\/[^)\s]+|\/(?!\/)[^)\s]*)\)|(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])/g;
const ITEM = /^(\s*)(?:(\d{1,4})[.)]|[-*])\s+(.*)$/;

export const inline = (text, base) => {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, bold, code, label, href, emphasis] = found;
    nodes.push(text.slice(from, found.index));
    from = found.index + whole.length;
    if (bold) nodes.push(make("strong", {}, bold));
    else if (code) nodes.push(make("code", {}, code));
    else if (emphasis) nodes.push(make("em", {}, emphasis));
    else nodes.push(linkTo(new URL(href, base).href, label));
  }
  nodes.push(text.slice(from));
  return nodes;
};

/* The list that an item belongs to: the open one of its kind and depth, or a new one, inside the item above where it is deeper. */
const listFor = (open, depth, ordered, number, blocks) => {
  while (open.length && open.at(-1).depth > depth) open.pop();
  const last = open.at(-1);
  if (last && last.depth === depth && last.ordered === ordered) return last.list;
  if (last && last.depth === depth) open.pop();
  const list = make(ordered ? "ol" : "ul", { start: ordered && number !== "1" ? number : null });
  const above = open.at(-1);
  if (above) above.list.lastElementChild.append(list);
  else blocks.push(list);
  open.push({ list, depth, ordered });
  return list;
};

export const markdown = (text, base) => {
  const blocks = [];
  let open = [];
  let fence = null;
  for (const line of text.split("\n")) {
    if (line.trim().startsWith("```")) {
      if (fence) fence = null;
      else blocks.push((fence = make("pre")));
      open = [];
      continue;
    }
    if (fence) {
      fence.append(line + "\n");
      continue;
    }
    const item = line.match(ITEM);
    if (item) {
      listFor(open, item[1].length, Boolean(item[2]), item[2], blocks).append(make("li", {}, ...inline(item[3], base)));
    } else if (line.trim() && open.length && /^\s{2,}/.test(line)) {
      open.at(-1).list.lastElementChild.append(make("br"), ...inline(line.trim(), base));
    } else if (line.trim()) {
      open = [];
      const heading = line.match(/^#{1,6}\s+(.*)$/);
      blocks.push(heading ? make("p", {}, make("strong", {}, ...inline(heading[1], base))) : make("p", {}, ...inline(line, base)));
    }
    /* An empty line between two items does not end their list. */
  }
  return blocks;
};
