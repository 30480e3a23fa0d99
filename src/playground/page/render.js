// From Block Kit to elements. Data becomes text nodes and attributes, never markup.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'class') node.className = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const decode = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

// ctx: { person(id), channel(id), zone, act(target, element), fields }
export function mrkdwn(text, ctx) {
  const lines = text.split('\n');
  const out = [];
  let quote = null;
  lines.forEach((line, index) => {
    const quoted = /^(?:&gt;|>) ?/.exec(line);
    if (quoted) {
      if (!quote) out.push((quote = el('blockquote')));
      else quote.append('\n');
      quote.append(...spans(line.slice(quoted[0].length), ctx));
    } else {
      const after = quote !== null;
      quote = null;
      if (index > 0 && !after) out.push('\n');
      out.push(...spans(line, ctx));
    }
  });
  return out;
}

const SPAN = /<([^<>]+)>|`([^`]+)`|(?<![\p{L}\p{N}*_~])([*_~])(?=\S)((?:(?!\3).)*?[^\s])\3(?![\p{L}\p{N}])/u;

function spans(text, ctx) {
  const out = [];
  let rest = text;
  for (let match = SPAN.exec(rest); match; match = SPAN.exec(rest)) {
    if (match.index > 0) out.push(decode(rest.slice(0, match.index)));
    if (match[1]) out.push(angle(match[1], ctx));
    else if (match[2]) out.push(el('code', {}, decode(match[2])));
    else out.push(el({ '*': 'strong', _: 'em', '~': 's' }[match[3]], {}, ...spans(match[4], ctx)));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) out.push(decode(rest));
  return out;
}

function angle(inner, ctx) {
  const [head, label] = inner.split(/\|(.*)/s);
  if (head.startsWith('@')) return el('span', { class: 'mention' }, `@${ctx.person(head.slice(1))?.name ?? label ?? head.slice(1)}`);
  if (head.startsWith('#')) return el('span', { class: 'mention' }, `#${ctx.channel(head.slice(1))?.name ?? label ?? head.slice(1)}`);
  if (head.startsWith('!date^')) return date(head, label, ctx.zone);
  if (head.startsWith('!')) return el('span', { class: 'mention' }, `@${label ?? head.slice(1)}`);
  const url = decode(head);
  const words = decode(label ?? head).replace(/^mailto:/, '');
  if (!/^(https?:\/\/|mailto:)/.test(url)) return words;
  return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, words);
}

const DATES = {
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  date_num: { day: '2-digit', month: '2-digit', year: 'numeric' },
  date_short: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  date_long: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  date_pretty: { day: 'numeric', month: 'long' },
  date_short_pretty: { weekday: 'short', day: 'numeric', month: 'short' },
  date_long_pretty: { weekday: 'long', day: 'numeric', month: 'long' },
  day_divider_pretty: { weekday: 'long', day: 'numeric', month: 'long' },
  time: { hour: '2-digit', minute: '2-digit', hour12: false },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false },
};

export function when(at, kind, zone) {
  return new Intl.DateTimeFormat('en-GB', { ...DATES[kind], timeZone: zone }).format(at);
}

function date(head, fallback, zone) {
  const [, unix, format = ''] = head.split('^');
  const at = new Date(Number(unix) * 1000);
  if (Number.isNaN(at.getTime())) return decode(fallback ?? '');
  const words = format.replace(/\{(\w+)\}/g, (whole, kind) => (DATES[kind] ? when(at, kind, zone) : whole));
  return el('time', { datetime: at.toISOString(), title: `${when(at, 'date_long', zone)} ${when(at, 'time', zone)} (${zone})` }, decode(words));
}

export function text(object, ctx) {
  if (!object) return [];
  return object.type === 'mrkdwn' ? mrkdwn(object.text, ctx) : [object.text];
}

export function blocks(list, ctx) {
  return list.map((block) => block_(block, ctx)).filter(Boolean);
}

function block_(block, ctx) {
  switch (block.type) {
    case 'header':
      return el('h2', { class: 'b-header' }, ...text(block.text, ctx));
    case 'divider':
      return el('hr');
    case 'section': {
      const side = block.accessory ? element(block.accessory, block, ctx) : null;
      const fields = block.fields ? el('dl', { class: 'b-fields' }, ...block.fields.map((each) => el('dd', {}, ...text(each, ctx)))) : null;
      return el('div', { class: 'b-section' }, el('div', { class: 'b-text' }, block.text ? el('div', {}, ...text(block.text, ctx)) : null, fields), side);
    }
    case 'context':
      return el('div', { class: 'b-context' }, ...block.elements.map((each) => (each.type === 'image' ? image(each) : el('span', {}, ...text(each, ctx)))));
    case 'actions':
      return el('div', { class: 'b-actions' }, ...block.elements.map((each) => element(each, block, ctx)));
    case 'image':
      return el('figure', {}, image(block), block.title ? el('figcaption', {}, block.title.text) : null);
    case 'input':
      return ctx.input(block);
    case 'rich_text':
      return el('div', { class: 'b-text' }, ...block.elements.map((each) => rich(each, ctx)));
    case 'markdown':
      return el('div', { class: 'b-text' }, block.text);
    default:
      return null;
  }
}

// Pictures from elsewhere are not loaded here; their words are shown.
function image(object) {
  return el('span', { class: 'picture', role: 'img', 'aria-label': object.alt_text }, object.alt_text);
}

function rich(node, ctx) {
  const inner = () => (node.elements ?? []).map((each) => rich(each, ctx));
  switch (node.type) {
    case 'rich_text_list':
      return el(node.style === 'ordered' ? 'ol' : 'ul', {}, ...(node.elements ?? []).map((each) => el('li', {}, rich(each, ctx))));
    case 'rich_text_quote':
      return el('blockquote', {}, ...inner());
    case 'rich_text_preformatted':
      return el('pre', {}, ...inner());
    case 'rich_text_section':
      return el('div', {}, ...inner());
    case 'user':
      return angle(`@${node.user_id}`, ctx);
    case 'channel':
      return angle(`#${node.channel_id}`, ctx);
    case 'link':
      return angle(`${node.url}|${node.text ?? node.url}`, ctx);
    default: {
      const words = node.text ?? '';
      if (node.style?.code) return el('code', {}, words);
      if (node.style?.bold) return el('strong', {}, words);
      if (node.style?.italic) return el('em', {}, words);
      return words;
    }
  }
}

export function element(object, block, ctx) {
  if (object.type === 'image') return image(object);
  if (object.type === 'button') {
    const style = object.style ? ` ${object.style}` : '';
    return el('button', {
      type: 'button',
      class: `b-button${style}`,
      'aria-label': object.accessibility_label,
      onclick: (event) => ctx.act(event.currentTarget, block, object, null),
    }, object.text.text);
  }
  if (object.type === 'overflow') {
    const menu = el('select', { class: 'b-overflow', 'aria-label': 'More' }, el('option', { value: '' }, '⋯'), ...object.options.map((each) => el('option', { value: each.value }, each.text.text)));
    menu.addEventListener('change', () => {
      const chosen = menu.value;
      menu.value = '';
      ctx.act(menu, block, object, chosen);
    });
    return menu;
  }
  return ctx.field(object, block, true);
}

export function initials(name) {
  const parts = name.split(' ');
  return (parts[0][0] + (parts.length > 1 ? parts[parts.length - 1][0] : '')).toUpperCase();
}

export function avatar(name, isBot) {
  const face = el('span', { class: isBot ? 'face bot' : 'face', 'aria-hidden': 'true' }, isBot ? 'M' : initials(name));
  let hue = 7;
  for (const letter of name) hue = (hue * 31 + letter.codePointAt(0)) % 360;
  if (!isBot) face.style.setProperty('--hue', hue);
  return face;
}
