/* The panel's look; colours are the variables that the launcher's sheet defines. Lengths are em of the reader's own font size:
   a page's own size for its root, which rem would follow, changes nothing here. */
export const CSS = `
.panel { position: fixed; right: 1.25em; bottom: 1.25em; width: min(25em, calc(100vw - 1em)); height: min(40em, calc(100vh - 2em));
  display: flex; flex-direction: column; background: var(--paper); border: 1px solid var(--line); border-radius: .8em; overflow: hidden; box-shadow: 0 8px 32px #0005; }
button, input, textarea { font: inherit; color: inherit; }
header { position: relative; display: flex; align-items: center; gap: .3em; padding: .6em 1em; background: var(--accent); color: var(--on); }
header div { flex: 1; } h2 { margin: 0; font-size: 1.05em; } header small { display: block; }
header button { background: none; border: 0; font-size: 1.3em; line-height: 1; min-width: 1.7em; min-height: 1.7em; }
.menu { position: absolute; top: calc(100% - .4em); right: .6em; z-index: 1; display: grid; padding: .4em; color: var(--ink); border: 1px solid var(--line); border-radius: .6em; background: var(--paper); box-shadow: 0 4px 16px #0004; }
.menu button { font-size: inherit; line-height: inherit; text-align: left; padding: .45em .5em; border-radius: .4em; } .menu button:hover { background: var(--soft); }
.log { flex: 1; min-height: 3.5em; overflow-y: auto; overscroll-behavior: contain; padding: 1em; display: flex; flex-direction: column; gap: .6em; }
.day { align-self: center; font-size: .82em; padding: .1em .8em; border: 1px solid var(--line); border-radius: 1em; }
.entry { display: flex; flex-direction: column; gap: .35em; }
.message { max-width: 88%; padding: .6em .85em; border-radius: .8em; background: var(--soft); overflow-wrap: anywhere; align-self: flex-start; }
.mine { align-self: flex-end; background: var(--accent); color: var(--on); } .staff { border-left: .3em solid var(--accent); }
.message p, .message pre { margin: 0 0 .5em; } .message > :last-child { margin-bottom: 0; } .message :is(ol, ul) { margin: 0 0 .5em; padding-left: 1.5em; }
.message pre { white-space: pre-wrap; } .message :is(code, pre) { font-family: ui-monospace, monospace; font-size: .95em; }
a { color: inherit; text-decoration: underline; font-weight: 600; }
.meta, .who { font-size: .8em; } .meta { align-self: flex-start; } .from-me .meta, .from-me .preview { align-self: flex-end; text-align: right; }
.choices { display: flex; flex-wrap: wrap; gap: .4em; } .choices button { background: var(--paper); border: 1px solid var(--line); border-radius: 1.2em; padding: .4em .85em; text-align: left; }
.choices button:hover { background: var(--soft); } .choices button:disabled { opacity: .55; cursor: default; }
.choices button.link, .plain { background: none; border: 0; padding: .3em 0; text-decoration: underline; text-align: left; }
.entry progress { align-self: flex-end; width: 60%; height: .5em; accent-color: var(--accent); } .entry .file { align-self: flex-end; max-width: 88%; text-align: right; font-size: .92em; }
.preview { max-width: 10em; max-height: 8em; border-radius: .4em; border: 1px solid var(--line); }
.panel.drop .log { outline: 3px dashed var(--line); outline-offset: -6px; }
.typing { font-style: italic; padding: 0 1em .3em; min-height: 1.7em; }
@media (prefers-reduced-motion: no-preference) { .typing:not(:empty) { animation: breathe 1.4s ease-in-out infinite; } @keyframes breathe { 50% { opacity: .55; } } }
.trouble, .offer { padding: .6em 1em; border-top: 1px solid var(--line); background: var(--soft); flex: 0 1 auto; max-height: 45%; min-height: 3.5em; overflow-y: auto; } .trouble p { margin: 0 0 .4em; }
.trouble label { display: grid; gap: .2em; } .trouble ul { margin: .3em 0; padding-left: 1.2em; }
.note { margin: 0; padding: .2em 1em; font-size: .92em; } .note:empty { display: none; }
form.write { display: flex; gap: .5em; padding: .6em; border-top: 1px solid var(--line); }
.clip { position: relative; display: grid; place-items: center; width: 2.8em; border: 1px solid var(--line); border-radius: .5em; }
.clip svg { width: 1.3em; height: 1.3em; fill: none; stroke: currentColor; stroke-width: 2; } .clip input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; font-size: 0; } .clip:hover { background: var(--soft); }
.clip:focus-within { outline: .2em solid #b35c00; outline-offset: 2px; }
textarea, .panel input:not([type=file]) { min-width: 0; padding: .5em; border: 1px solid var(--line); border-radius: .5em; background: var(--paper); }
::placeholder { color: var(--ink); opacity: .75; } textarea { flex: 1; resize: none; height: 2.8em; }
.primary { background: var(--accent); color: var(--on); border: 0; border-radius: .5em; padding: .5em 1em; font-weight: 600; }
form.login { display: grid; gap: .5em; padding: .8em; border: 1px solid var(--line); border-radius: .8em; } form.login label { display: grid; gap: .2em; }
.error { color: var(--error); font-weight: 600; } .hint { font-size: .85em; margin: 0; } .limits { padding: 0 1em .5em; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30em), (max-height: 30em) { .panel { inset: 0; width: 100%; height: 100%; border-radius: 0; border: 0; } .log { padding: .6em 1em; } }
@media (max-height: 30em) { header { padding: .2em 1em; } form.write { padding: .3em .6em; } .typing { min-height: 0; } .limits { padding-bottom: .2em; } }
@supports (height: 100dvh) { @media (max-width: 30em), (max-height: 30em) { .panel { height: 100dvh; } } }
@media (forced-colors: active) { .message, .launch, .primary { border: 1px solid; } }`;
