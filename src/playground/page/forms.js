// Fields: every kind of input, what is in them, and what was wrong with them.

import { el, text } from './render.js';

const key = (block, object) => `${block.block_id} ${object.action_id}`;
const idOf = (block, object) => `f-${key(block, object)}`.replace(/\s/g, '-');

// The value a field starts with, from what the workspace remembers of it.
function remembered(object, block, state) {
  const found = state?.values?.[block.block_id]?.[object.action_id];
  const source = found ?? object;
  const take = (name) => found?.[`selected_${name}`] ?? (found ? undefined : object[`initial_${name}`]);
  const option = take('option');
  if (option) return option.value;
  const options = take('options');
  if (options) return options.map((each) => ({ value: each.value, label: each.text.text }));
  for (const name of ['date', 'time', 'user', 'conversation', 'channel', 'date_time', 'users', 'conversations', 'channels']) {
    const value = take(name);
    if (value) return value;
  }
  return found ? (found.value ?? '') : (source.initial_value ?? '');
}

// ctx: { state, people, channels, suggest(object, query), act(node, block, object, value), read: Map }
export function field(object, block, ctx, isDirect) {
  const value = remembered(object, block, ctx.state);
  const shown = make(object, block, ctx, value);
  ctx.read?.set(key(block, object), { block, object, get: shown.get });
  const isLive = isDirect || block.dispatch_action;
  if (isLive) {
    let before = shown.node.value;
    shown.node.addEventListener('change', async () => {
      const chosen = shown.node.value;
      // What is not confirmed is not chosen.
      if (await ctx.act(shown.node, block, object, shown.get())) before = chosen;
      else if (before !== undefined) shown.node.value = before;
    });
  }
  if (isDirect) shown.node.setAttribute('aria-label', object.placeholder?.text ?? 'Choose');
  return shown.node;
}

function make(object, block, ctx, value) {
  const hint = object.placeholder?.text;
  const id = idOf(block, object);
  const common = { id, placeholder: hint };
  const simple = (node) => ({ node, get: () => node.value || null });
  switch (object.type) {
    case 'plain_text_input': {
      const most = object.max_length ?? 3000;
      const node = object.multiline ? el('textarea', { ...common, rows: 4, maxlength: most }) : el('input', { ...common, type: 'text', maxlength: most });
      node.value = value;
      return simple(node);
    }
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input': {
      const kind = object.type.split('_')[0];
      const node = el('input', { ...common, type: kind, min: object.min_value, max: object.max_value, step: object.is_decimal_allowed ? 'any' : undefined });
      node.value = value;
      return simple(node);
    }
    case 'datepicker':
    case 'timepicker': {
      const node = el('input', { ...common, type: object.type === 'datepicker' ? 'date' : 'time' });
      node.value = value;
      return simple(node);
    }
    case 'static_select':
      return simple(select(common, listed(object), value, hint));
    case 'users_select':
      return simple(select(common, everybody(ctx), value, hint));
    case 'conversations_select':
    case 'channels_select':
      return simple(select(common, rooms(ctx), value, hint));
    case 'radio_buttons':
    case 'checkboxes':
      return boxes(object, id, value);
    case 'multi_static_select':
      return many(object, id, value, hint, among(listed(object)), 0);
    case 'multi_users_select':
      return many(object, id, named(everybody(ctx), value), hint, among(everybody(ctx)), 0);
    case 'multi_conversations_select':
    case 'multi_channels_select':
      return many(object, id, named(rooms(ctx), value), hint, among(rooms(ctx)), 0);
    case 'external_select':
    case 'multi_external_select': {
      const start = typeof value === 'string' ? (value ? [{ value, label: value }] : []) : value;
      return many(object, id, start, hint, (query) => ctx.suggest(object, query), object.min_query_length ?? 3);
    }
    default:
      return { node: el('p', { class: 'quiet' }, 'This kind of field is not shown here.'), get: () => null };
  }
}

const everybody = (ctx) => ctx.people.map((each) => ({ value: each.id, label: each.name }));
const rooms = (ctx) => ctx.channels.map((each) => ({ value: each.id, label: `#${each.name}` }));
const named = (all, ids) => (ids || []).map((id) => all.find((each) => each.value === id) ?? { value: id, label: id });
const among = (all) => async (query) => all.filter((each) => each.label.toLowerCase().includes(query.toLowerCase())).slice(0, 100);

function listed(object) {
  const all = object.option_groups ? object.option_groups.flatMap((group) => group.options) : object.options;
  return all.map((each) => ({ value: each.value, label: each.text.text }));
}

function select(common, options, value, hint) {
  const node = el('select', { id: common.id }, el('option', { value: '' }, hint ?? 'Choose…'), ...options.map((each) => el('option', { value: each.value }, each.label)));
  node.value = value;
  return node;
}

function boxes(object, id, value) {
  const isMany = object.type === 'checkboxes';
  const on = isMany ? (value || []).map((each) => each.value) : [value];
  const inputs = object.options.map((each, index) => {
    const input = el('input', { type: isMany ? 'checkbox' : 'radio', name: id, id: index ? `${id}-${index}` : id });
    input.value = each.value;
    input.checked = on.includes(each.value);
    return input;
  });
  const node = el('div', { class: 'boxes', role: isMany ? 'group' : 'radiogroup' }, ...object.options.map((each, index) => el('label', {}, inputs[index], el('span', {}, ...text(each.text, plainCtx), each.description ? el('small', {}, ...text(each.description, plainCtx)) : null))));
  return {
    node,
    get: () => {
      const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
      return isMany ? chosen : (chosen[0] ?? null);
    },
  };
}

const plainCtx = { person: () => null, channel: () => null, zone: 'UTC' };

// A field that is found by typing: chips for what is chosen, a list for what fits.
function many(object, id, start, hint, find, least) {
  const isMany = object.type.startsWith('multi');
  const most = isMany ? (object.max_selected_items ?? 100) : 1;
  let chosen = [...(start || [])];
  let options = [];
  let at = -1;
  let asked = 0;
  const chips = el('ul', { class: 'chips' });
  const list = el('ul', { class: 'offers', role: 'listbox', id: `${id}-list`, hidden: true });
  const input = el('input', { id, type: 'text', role: 'combobox', placeholder: hint ?? 'Type to search', 'aria-expanded': 'false', 'aria-controls': list.id, 'aria-autocomplete': 'list', autocomplete: 'off' });
  const node = el('div', { class: 'many' }, chips, input, list);
  const told = () => node.dispatchEvent(new Event('change'));
  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const draw = () => {
    chips.replaceChildren(...chosen.map((each) => el('li', {}, each.label, el('button', { type: 'button', 'aria-label': `Remove ${each.label}`, onclick: () => { chosen = chosen.filter((other) => other !== each); draw(); told(); input.focus(); } }, '×'))));
    input.hidden = chosen.length >= most;
  };
  const pick = (option) => {
    if (!option) return;
    chosen = isMany ? [...chosen, option] : [option];
    input.value = '';
    close();
    draw();
    told();
    if (!input.hidden) input.focus();
  };
  const mark = () => {
    [...list.children].forEach((item, index) => item.setAttribute('aria-selected', String(index === at)));
    if (at >= 0) {
      input.setAttribute('aria-activedescendant', list.children[at].id);
      list.children[at].scrollIntoView({ block: 'nearest' });
    }
  };
  const look = async () => {
    const query = input.value.trim();
    const number = ++asked;
    if (query.length < least) return close();
    const found = await find(query);
    if (number !== asked) return;
    options = found.filter((each) => !chosen.some((other) => other.value === each.value));
    at = options.length ? 0 : -1;
    list.replaceChildren(...options.map((each, index) => el('li', { role: 'option', id: `${id}-o${index}`, onmousedown: (event) => { event.preventDefault(); pick(each); } }, each.label)));
    if (!options.length) list.append(el('li', { class: 'quiet' }, 'Nothing fits.'));
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    if (at >= 0) mark();
  };
  input.addEventListener('input', look);
  input.addEventListener('focus', () => least === 0 && look());
  input.addEventListener('blur', close);
  input.addEventListener('change', (event) => event.stopPropagation());
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Backspace' && !input.value && chosen.length) {
      chosen.pop();
      draw();
      told();
    } else if (!list.hidden && ['ArrowDown', 'ArrowUp'].includes(event.key) && options.length) {
      event.preventDefault();
      at = (at + (event.key === 'ArrowDown' ? 1 : options.length - 1)) % options.length;
      mark();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (!list.hidden) pick(options[at]);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  draw();
  return { node, get: () => (isMany ? chosen.map((each) => each.value) : (chosen[0]?.value ?? null)) };
}

// An input block: label, field, hint and what was wrong.
export function input(block, ctx) {
  const node = field(block.element, block, ctx, false);
  const target = node.id ? node : node.querySelector('input');
  const error = ctx.errors?.[block.block_id];
  const notes = [];
  if (block.hint) notes.push(el('p', { class: 'hint', id: `${target.id}-hint` }, block.hint.text));
  if (error) {
    notes.push(el('p', { class: 'error', id: `${target.id}-error` }, error));
    target.setAttribute('aria-invalid', 'true');
  }
  if (notes.length) target.setAttribute('aria-describedby', notes.map((each) => each.id).join(' '));
  const isGroup = ['checkboxes', 'radio_buttons'].includes(block.element.type);
  const words = [block.label.text, block.optional ? el('span', { class: 'quiet' }, ' optional') : null];
  if (isGroup) node.setAttribute('aria-label', block.label.text);
  return el('div', { class: 'b-input' }, isGroup ? el('p', { class: 'legend' }, ...words.filter(Boolean)) : el('label', { for: target.id }, ...words.filter(Boolean)), node, ...notes);
}

// Says beside each field that must be filled in and is not; answers whether there is one.
export function complain(form, read) {
  form.querySelectorAll('.missing').forEach((node) => node.remove());
  const empty = [...read.values()].filter(({ block, get }) => {
    const value = get();
    return block.type === 'input' && !block.optional && (value === null || value.length === 0);
  });
  for (const { block, object } of empty) {
    const target = document.getElementById(idOf(block, object));
    target.setAttribute('aria-invalid', 'true');
    target.closest('.b-input').append(el('p', { class: 'error missing', role: 'alert' }, 'Please fill this in.'));
  }
  if (empty.length) document.getElementById(idOf(empty[0].block, empty[0].object)).focus();
  return empty.length > 0;
}

// What all fields hold, by block.
export function values(read) {
  const all = {};
  for (const { block, get } of read.values()) all[block.block_id] = get();
  return all;
}
