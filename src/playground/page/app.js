// The page: what is shown, and what is done about it. The workspace tells by long polling.

import { avatar, blocks, el, mrkdwn, text, when } from './render.js';
import { complain, field, input, values } from './forms.js';
import { did, fitting, hint, remember } from './guide.js';

const $ = (id) => document.getElementById(id);
const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window: the choice lasts as long as the page */ } };

let state = null;
let me = null; // id of the person whose eyes these are
let place = 'dm'; // a conversation id, `dm` or `home`
let wasJumping = false;
let poll = null;
let drawn = {};
let since = null; // what was there before time began to move
let asker = null; // who told an owner of their interest

const person = (id) => (state && id === state.bot ? { id, name: 'Mobility' } : state?.people.find((each) => each.id === id));
const channel = (id) => state?.channels.find((each) => each.id === id);
const here = () => (place === 'dm' ? state.dm : place);
const self = () => person(me) ?? state.people[0];

// Talking to the workspace.

async function send(path, body) {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (answer.status === 409) return { error: 'Time is already moving: wait until it has arrived.' };
  if (!answer.ok) return { error: `The workspace answered ${answer.status}.` };
  return answer.json();
}

async function act(deed, isToldElsewhere) {
  let outcome;
  try {
    outcome = await send('/page/do', { user: me, ...deed });
  } catch {
    outcome = { error: 'The workspace does not answer. Is the demo still running?' };
  }
  if (outcome.error && !isToldElsewhere) notice(`That did not work: ${outcome.error}`, []);
  return outcome;
}

async function listen() {
  for (;;) {
    poll = new AbortController();
    try {
      const since = state && state.me === me ? state.version : 0;
      const asked = me ?? '';
      const answer = await fetch(`/page/state?user=${encodeURIComponent(asked)}&since=${since}`, { signal: poll.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const next = await answer.json();
      if (!me) {
        me = next.people[0].id;
        continue;
      }
      if (asked !== me) continue;
      next.me = me;
      next.skew = new Date(next.now).getTime() - Date.now();
      const before = state;
      state = next;
      if (!person(me)) { me = state.people[0].id; continue; }
      draw();
      tell(before, next);
    } catch (error) {
      if (error.name === 'AbortError') continue;
      document.body.classList.add('lost');
      await new Promise((wake) => setTimeout(wake, 1000));
      continue;
    }
    document.body.classList.remove('lost');
  }
}

// Who got what since the last look; while time moves, since it began to.
function tell(last, now) {
  since ??= last;
  if (now.jump || !since) return;
  const before = since;
  since = null;
  const rank = (each) => (each.asked ? 2 : 0) + (each.id === me ? 1 : 0);
  const old = new Map(before.people.map((each) => [each.id, each.unread]));
  const newer = now.people.filter((each) => each.unread > (old.get(each.id) ?? 0) && !(each.id === me && here() === now.dm)).sort((a, b) => rank(b) - rank(a));
  const rooms = now.channels.filter((each) => each.member && (now.unread[each.id] ?? 0) > (before.me === now.me ? (before.unread[each.id] ?? 0) : 1e9) && here() !== each.id);
  if (now.trouble && now.trouble !== before.trouble) notice(`Time stopped early: ${now.trouble}`, []);
  if (!newer.length && !rooms.length) return;
  const count = (n) => (n === 1 ? '1 new message' : `${n} new messages`);
  const name = (each) => each.name.split(' ')[0];
  const words = newer.length === 1 && !rooms.length ? `${newer[0].id === me ? 'You have' : `${newer[0].name} has`} ${count(newer[0].unread)}` : [newer.length ? `${newer.length} ${newer.length === 1 ? 'person has' : 'people have'} new messages` : '', rooms.length ? rooms.length === 1 ? `#${rooms[0].name} has news` : `${rooms.length} channels have news` : ''].filter(Boolean).join(', and ');
  const buttons = newer.slice(0, 4).map((each) => [each.id === me ? 'Read it' : `Be ${name(each)}`, () => be(each.id, 'dm')]);
  if (newer.length > 4) buttons.push([`${newer.length - 4} more`, openSwitch]);
  rooms.slice(0, 2).forEach((each) => buttons.push([`#${each.name}`, () => go(each.id)]));
  notice(words, buttons);
}

function notice(words, buttons) {
  const box = el('div', { class: 'notice' }, el('p', {}, words), el('div', { class: 'b-actions' }, ...buttons.map(([label, work]) => el('button', { type: 'button', class: 'b-button', onclick: () => { box.remove(); work(); } }, label))), el('button', { type: 'button', class: 'shut', 'aria-label': 'Dismiss', onclick: () => box.remove() }, '×'));
  $('notices').replaceChildren(box);
}

// Drawing. Only what changed is made anew, so that focus and scrolling stay.

function changed(name, what) {
  const now = JSON.stringify(what);
  const was = drawn[name];
  drawn[name] = now;
  return was !== now;
}

function draw() {
  drawTime();
  if (changed('who', [me, state.people, place])) drawSide();
  if (changed('places', [me, place, state.unread, state.channels])) drawPlaces();
  drawMain();
  drawModal();
  drawHint();
}

function drawTime() {
  const zone = state.zone;
  const now = new Date(Date.now() + state.skew);
  $('clock').textContent = `${when(now, 'date_short', zone)}, ${when(now, 'time', zone)}`;
  $('clock').setAttribute('datetime', now.toISOString());
  $('zone').textContent = zone.split('/')[1];
  const jump = state.jump;
  // What the Home tab says belongs to a moment: after a jump it is asked for anew.
  if (wasJumping && !jump && place === 'home') act({ do: 'home' });
  wasJumping = Boolean(jump);
  $('travel').hidden = !jump;
  for (const button of $('leaps').children) button.disabled = Boolean(jump);
  if (jump) {
    const [from, to, at] = [jump.from, jump.to, state.now].map((each) => new Date(each).getTime());
    $('progress').value = Math.max(0.02, (at - from) / (to - from));
    $('progress').setAttribute('aria-valuetext', `on the way to ${when(new Date(jump.to), 'date_long', zone)}`);
  }
}

function drawSide() {
  const mine = self();
  $('who').replaceChildren(avatar(mine.name), el('span', { class: 'names' }, el('b', {}, mine.name), el('small', {}, mine.title)), el('span', { class: 'swap', 'aria-hidden': 'true' }, '⇄'));
  $('who').setAttribute('aria-label', `You are ${mine.name}, ${mine.title}. Switch person`);
  document.title = `${mine.name} · Trailmark playground`;
  if ($('switch').open) drawPeople();
}

function drawPlaces() {
  const entry = (id, label, icon, count) => el('li', {}, el('button', { type: 'button', class: 'place', 'data-place': id, 'aria-current': place === id ? 'page' : null, onclick: () => go(id) }, el('span', { class: 'icon', 'aria-hidden': 'true' }, icon), el('span', { class: 'label' }, label), count ? el('span', { class: 'badge' }, String(count), el('span', { class: 'hidden' }, ' unread')) : null));
  const rooms = state.channels.filter((each) => each.member);
  const focused = document.activeElement?.dataset?.place;
  $('places').replaceChildren(
    el('li', { class: 'group', role: 'presentation' }, 'Mobility'),
    entry('dm', 'Messages', '✉', state.unread[state.dm]),
    entry('home', 'Home', '⌂', 0),
    el('li', { class: 'group', role: 'presentation' }, 'Channels'),
    ...rooms.map((each) => entry(each.id, each.name, '#', state.unread[each.id])),
  );
  if (focused) document.querySelector(`[data-place="${CSS.escape(focused)}"]`)?.focus();
  $('places').querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

const ctxFor = (spot, extra = {}) => {
  const ctx = {
    person, channel, zone: self().zone, people: state.people, channels: state.channels.filter((each) => each.member), ...extra,
    act: (node, block, object, value) => press(node, spot, block, object, value, ctx),
    suggest: async (object, query) => {
      const found = await act({ do: 'suggest', place: spot.view ?? spot.conversation, action: object.action_id, query });
      const all = found.options ?? (found.option_groups ?? []).flatMap((group) => group.options);
      return (all ?? []).map((each) => ({ value: each.value, label: each.text.text }));
    },
  };
  ctx.field = (object, block, isDirect) => field(object, block, ctx, isDirect);
  ctx.input = (block) => input(block, ctx);
  return ctx;
};

async function press(node, spot, block, object, value, ctx) {
  if (object.confirm && !(await sure(object.confirm, object.style))) return false;
  if (object.url && object.type === 'button') window.open(object.url, '_blank', 'noopener');
  const label = object.text?.text ?? '';
  if (/\d\d:\d\d/.test(label)) did('picked');
  if (label === 'Yes') did('confirmed');
  node.setAttribute('aria-busy', 'true');
  const filled = spot.view && ctx.read ? values(ctx.read) : null;
  await act({ do: 'act', spot, block: block.block_id, action: object.action_id, value, values: filled });
  node.removeAttribute('aria-busy');
  return true;
}

// Asks first; every way out but the one button means no.
function sure(words, style) {
  return new Promise((decide) => {
    const ctx = { person, channel, zone: self().zone };
    const answer = (yes) => () => { $('confirm').close(); decide(yes); };
    const colour = (words.style ?? style) === 'danger' ? 'danger' : 'primary';
    $('confirm').replaceChildren(el('h2', { id: 'confirm-title' }, words.title.text), el('p', { id: 'confirm-text' }, ...text(words.text, ctx)), el('div', { class: 'end' }, el('button', { type: 'button', class: 'b-button', onclick: answer(false) }, words.deny.text), el('button', { type: 'button', class: `b-button ${colour}`, onclick: answer(true) }, words.confirm.text)));
    $('confirm').onclose = () => decide(false);
    $('confirm').showModal();
  });
}

function drawMain() {
  const isHome = place === 'home';
  $('log').hidden = isHome;
  $('form').hidden = isHome;
  $('home').hidden = !isHome;
  const room = channel(place);
  $('title').textContent = isHome ? 'Home' : room ? `# ${room.name}` : 'Mobility';
  $('topic').textContent = isHome ? `What Mobility shows ${self().name.split(' ')[0]}` : room ? `${room.topic} · ${room.members} people` : 'Your direct messages with the bot';
  $('invite').hidden = !room || room.joined;
  $('line').placeholder = room ? `Message #${room.name}, or type / for commands` : 'Message Mobility, or type / for commands';
  if (isHome) return drawHome();
  drawLog();
}

function drawHome() {
  if (!changed('home', [me, state.home])) return;
  const home = state.home;
  if (!home) return $('home').replaceChildren(el('p', { class: 'empty' }, 'The Home tab is being made…'));
  const ctx = ctxFor({ view: home.id }, { state: home.state });
  $('home').replaceChildren(...blocks(home.blocks, ctx));
}

function drawLog() {
  const id = here();
  const all = state.conversations[id] ?? [];
  const isOther = drawn.logFor !== `${me} ${id}`;
  if (isOther) {
    drawn.logFor = `${me} ${id}`;
    $('log').replaceChildren();
  }
  const scroll = $('scroll');
  const top = all.filter((each) => !each.thread || each.thread === each.ts);
  const unread = state.unread[id] ?? 0;
  const known = new Map([...$('log').children].map((node) => [node.dataset.ts, node]));
  let day = '';
  const nodes = [];
  let isNew = false;
  for (const message of top) {
    const replies = all.filter((each) => each.thread === message.ts && each.ts !== message.ts);
    const at = new Date(Number(message.ts) * 1000);
    const today = when(at, 'date_long_pretty', self().zone);
    if (today !== day) nodes.push(known.get(`day ${today}`) ?? el('p', { class: 'day', 'data-ts': `day ${today}` }, today));
    day = today;
    const stamp = JSON.stringify([message, replies]);
    const old = known.get(message.ts);
    if (old && old.stamp === stamp) nodes.push(old);
    else {
      const node = drawMessage(message, replies, id, old?.querySelector('details')?.open);
      node.stamp = stamp;
      nodes.push(node);
      isNew ||= !old;
    }
  }
  if (!nodes.length) nodes.push(el('p', { class: 'empty', 'data-ts': 'empty' }, id === state.dm ? 'Nothing yet. Say what you are looking for, or type /mobility.' : 'Nothing yet. Type /projects and what you are looking for: only you see the answer.'));
  const shown = [...$('log').children];
  if (nodes.length !== shown.length || nodes.some((node, index) => node !== shown[index])) {
    const focus = document.activeElement;
    const lost = focus && $('log').contains(focus) ? focus.closest('[data-ts]')?.dataset.ts : null;
    const [label, kind] = [focus?.textContent, focus?.tagName.toLowerCase()];
    $('log').replaceChildren(...nodes);
    if (lost) {
      const again = $('log').querySelector(`[data-ts="${CSS.escape(lost)}"]`);
      const alike = kind === 'article' ? [] : [...(again?.querySelectorAll(kind) ?? [])];
      (alike.find((node) => node.textContent === label) ?? (kind === 'summary' ? alike[0] : null) ?? again)?.focus();
    }
  }
  if (isOther || isNew) {
    scroll.scrollTop = scroll.scrollHeight;
    // A long message is read from its top.
    const from = nodes[nodes.length - 1];
    const above = from.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
    if (above < 0) scroll.scrollTop += above - 8;
  }
  if (unread > 0 && !document.hidden) {
    if (id === state.dm && asker && me !== asker) did('owner');
    act({ do: 'read', place: id });
  }
}

function drawMessage(message, replies, conversation, isOpen) {
  const isBot = message.user === state.bot;
  const author = person(message.user)?.name ?? message.user;
  const at = new Date(Number(message.ts) * 1000);
  const ctx = ctxFor({ conversation, ts: message.ts });
  const body = message.blocks?.length ? blocks(message.blocks, ctx) : [el('div', { class: 'b-text' }, ...mrkdwn(message.text, ctx))];
  const thread = replies.length ? el('details', { class: 'thread', open: isOpen, onkeydown: leave }, el('summary', {}, replies.length === 1 ? '1 reply' : `${replies.length} replies`), ...replies.map((each) => drawMessage(each, [], conversation))) : null;
  const menu = !isBot && !message.private ? el('button', { type: 'button', class: 'menu', onclick: () => act({ do: 'use_on', place: conversation, ts: message.ts }) }, 'Turn this into a project') : null;
  return el('article', { class: `message${message.private ? ' private' : ''}`, 'data-ts': message.ts, tabindex: '-1' }, avatar(author, isBot), el('div', { class: 'body' }, el('p', { class: 'meta' }, el('b', {}, author), isBot ? el('span', { class: 'tag' }, 'App') : null, el('time', { datetime: at.toISOString() }, when(at, 'time', self().zone)), message.edited ? el('span', { class: 'quiet' }, '(edited)') : null), message.private ? el('p', { class: 'only' }, 'Only visible to you') : null, ...body, menu, thread));
}

// Escape closes a thread from anywhere in it.
function leave(event) {
  if (event.key !== 'Escape' || !event.currentTarget.open || event.target.matches('select')) return;
  event.currentTarget.open = false;
  event.currentTarget.querySelector('summary').focus();
}

function drawModal() {
  const dialog = $('modal');
  const view = state.modal;
  if (!view) {
    drawn.modal = '';
    if (dialog.open) dialog.close();
    return;
  }
  if (!changed('modal', [me, view.id, view.hash, view.errors])) return;
  const focus = dialog.open ? document.activeElement?.id : null;
  const kept = drawn.read && drawn.viewId === view.id ? drawn.read : null;
  const read = new Map();
  const ctx = ctxFor({ view: view.id }, { state: kept ? withTyped(view, kept) : view.state, errors: view.errors, read });
  drawn.read = read;
  drawn.viewId = view.id;
  const body = blocks(view.blocks, ctx);
  const form = el('form', { novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    if (complain(form, read)) return;
    const button = form.querySelector('[type=submit]');
    if (button) button.disabled = true;
    const interested = /interest/i.test(view.title.text + view.callback_id + view.private_metadata);
    if (interested) remember(state.people);
    const outcome = await act({ do: 'submit', view: view.id, values: values(read) }, true);
    if (button) button.disabled = false;
    if (outcome.error) return form.querySelector('.wrong').replaceChildren(outcome.error);
    if (interested && !Object.keys(state.modal?.errors ?? {}).length) {
      asker = me;
      did('interested');
      drawHint();
    }
  } }, el('h2', { id: 'modal-title' }, view.title.text), el('div', { class: 'fields' }, ...body), el('p', { class: 'error wrong', role: 'alert' }), el('div', { class: 'end' }, el('button', { type: 'button', class: 'b-button', onclick: () => act({ do: 'close' }) }, view.close?.text ?? 'Cancel'), view.submit ? el('button', { type: 'submit', class: 'b-button primary' }, view.submit.text) : null));
  dialog.replaceChildren(form);
  dialog.oncancel = (event) => { event.preventDefault(); act({ do: 'close' }); };
  if (!dialog.open) dialog.showModal();
  const target = (focus && document.getElementById(focus)) || form.querySelector('[aria-invalid]') || form.querySelector('.fields input, .fields textarea, .fields select');
  target?.focus();
}

// The state of a view with what is typed but not yet sent.
function withTyped(view, read) {
  const merged = structuredClone(view.state?.values ?? {});
  for (const { block, object, get } of read.values()) {
    const found = merged[block.block_id]?.[object.action_id];
    if (found && 'value' in found) found.value = get() ?? '';
  }
  return { values: merged };
}

function drawHint() {
  const [words, offer] = hint(state, self(), here());
  if (!changed('hint', [words, offer])) return;
  $('hint').textContent = words;
  $('try').hidden = !offer;
  if (!offer) return;
  $('try').textContent = offer.words;
  $('try').onclick = () => {
    if (offer.type) {
      if (place === 'home') go('dm');
      $('line').value = offer.type;
      $('line').focus();
    } else if (offer.person) be(offer.person, 'dm');
    else if (offer.leap) leap(offer.leap);
  };
}

// Going places, being people.

function go(id) {
  place = id;
  location.hash = `${me}/${place}`;
  draw();
  if (place === 'home') act({ do: 'home' });
  else if (matchMedia('(min-width: 720px)').matches) $('line').focus();
}

function be(id, where) {
  me = id;
  store('me', id);
  if (where) place = where;
  if (place !== 'dm' && place !== 'home') place = 'dm';
  location.hash = `${me}/${place}`;
  drawn = {};
  $('notices').replaceChildren();
  if ($('modal').open) $('modal').close();
  poll?.abort();
  if (place === 'home') act({ do: 'home' });
}

function openSwitch() {
  $('find').value = '';
  drawPeople();
  $('switch').showModal();
  $('find').focus();
}

let marked = 0;
function drawPeople() {
  const wanted = $('find').value.trim().toLowerCase();
  const fits = (each) => `${each.name} ${each.title} ${each.department}`.toLowerCase().includes(wanted);
  const found = state.people.filter(fits).sort((a, b) => (b.unread > 0) - (a.unread > 0));
  marked = Math.min(marked, Math.max(0, found.length - 1));
  $('people').replaceChildren(...found.map((each, index) => el('li', { role: 'option', id: `p-${each.id}`, 'aria-selected': String(index === marked), onclick: () => choose(each.id) }, avatar(each.name), el('span', { class: 'names' }, el('b', {}, each.name), el('small', {}, `${each.title} · ${each.department}`)), each.unread ? el('span', { class: 'badge' }, String(each.unread), el('span', { class: 'hidden' }, ' unread')) : null)));
  if (!found.length) $('people').append(el('li', { class: 'quiet' }, 'Nobody fits.'));
  const on = $('people').children[marked];
  if (found.length) $('find').setAttribute('aria-activedescendant', on.id);
  on?.scrollIntoView({ block: 'nearest' });
}

function choose(id) {
  $('switch').close();
  be(id, null);
}

async function leap(to) {
  const outcome = await send('/page/jump', { to }).catch(() => ({ error: 'The workspace does not answer.' }));
  if (outcome.error) return notice(outcome.error, []);
  if (to === 'quarter') did('jumped');
}

// The line.

let option = -1;
function drawComplete() {
  const found = fitting($('line').value);
  option = -1;
  $('complete').hidden = !found.length;
  $('line').setAttribute('aria-expanded', String(Boolean(found.length)));
  $('line').removeAttribute('aria-activedescendant');
  $('complete').replaceChildren(...found.map(([command, does], index) => el('li', { role: 'option', id: `c-${index}`, 'aria-selected': 'false', onmousedown: (event) => { event.preventDefault(); take(command); } }, el('code', {}, command), el('span', { class: 'quiet' }, does))));
}

function take(command) {
  $('line').value = command;
  drawComplete();
  $('line').focus();
}

$('line').addEventListener('input', drawComplete);
$('line').addEventListener('blur', () => { $('complete').hidden = true; });
$('line').addEventListener('keydown', (event) => {
  const items = [...$('complete').children];
  if ($('complete').hidden || !items.length) return;
  if (['ArrowDown', 'ArrowUp'].includes(event.key)) {
    event.preventDefault();
    option = (option + (event.key === 'ArrowDown' ? 1 : items.length + (option < 0 ? 0 : -1))) % items.length;
    items.forEach((item, index) => item.setAttribute('aria-selected', String(index === option)));
    $('line').setAttribute('aria-activedescendant', items[option].id);
  } else if (event.key === 'Tab' || (event.key === 'Enter' && option >= 0)) {
    event.preventDefault();
    take(items[Math.max(option, 0)].querySelector('code').textContent);
  } else if (event.key === 'Escape') {
    $('complete').hidden = true;
  }
});

$('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const words = $('line').value.trim();
  if (!words) return;
  $('line').value = '';
  drawComplete();
  if (/^\/projects|^\/mobility (find|matches|show)/.test(words)) did('searched');
  if (/^\/mobility interested/.test(words)) did('searched');
  const outcome = await act({ do: 'say', place: here(), text: words });
  if (outcome.error && !$('line').value) $('line').value = words;
  drawHint();
});

$('who').addEventListener('click', openSwitch);
$('find').addEventListener('input', () => { marked = 0; drawPeople(); });
$('find').addEventListener('keydown', (event) => {
  const items = [...$('people').querySelectorAll('[role=option]')];
  if (['ArrowDown', 'ArrowUp'].includes(event.key) && items.length) {
    event.preventDefault();
    marked = (marked + (event.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length;
    drawPeople();
  } else if (event.key === 'Enter' && items[marked]) {
    event.preventDefault();
    choose(items[marked].id.slice(2));
  }
});
$('switch').addEventListener('click', (event) => event.target === $('switch') && $('switch').close());
for (const button of $('leaps').children) button.addEventListener('click', () => leap(button.dataset.to));
$('invite').addEventListener('click', () => act({ do: 'invite', channel: place }));
setInterval(() => state && !state.jump && drawTime(), 5000);

// Colours: the system's, unless somebody chose.

function paint(theme) {
  const dark = theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  $('theme').setAttribute('aria-pressed', String(dark));
}
$('theme').addEventListener('click', () => {
  const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  store('theme', next);
  paint(next);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => paint(localStorage.getItem('theme')));
paint(localStorage.getItem('theme'));

function fromHash() {
  const [who, where] = decodeURIComponent(location.hash.slice(1)).split('/');
  if (who && who !== me) {
    me = who;
    drawn = {};
    poll?.abort();
  }
  if (where) place = where;
  if (state) draw();
}
addEventListener('hashchange', fromHash);
fromHash();
listen();
