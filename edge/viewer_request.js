// What the edge does with a request: one canonical URI, or a refusal. The twin of
// origin_lambda/url/admission.py, which has the reason of each rule; edge/vectors.json holds the
// two together. The story is told at the end, by `admit`: njs 0.7 cannot call what comes later.
//
// Written in what both cloudfront-js-2.0 and njs 0.7 read: no for-of, destructuring, spread,
// default arguments, classes, Map or Set, no `await` inside arguments, and no `$` where a line
// break could end the text. NaN stands for "no such value".
//
// What only some requests need lies in the KeyValueStore and costs no bytes here: secrets, presets,
// names of colours, rare parameters, and what to say of a bad value (edge/build.py writes the
// entries).
import cf from 'cloudfront';
import crypto from 'crypto';
import table from './table.js';

const store = cf.kvs();

// Rows [name, kind, default, needs, follows], by every spelling of a name; `follows` is a name and its
// default. Without a prototype, `constructor` is a name like any other.
const common = Object.create(null);
table.params.split(';').forEach((text) => {
  const fields = text.split(':');
  const names = fields[0].split(' ');
  const needs = fields[3] ? fields[3].split('.').map((at) => table.needs[at]) : [];
  names.forEach((name) => {
    common[name] = [names[0], table.kinds[fields[1]], fields[2], needs, fields[4]];
  });
});

const refuse = (code, message, param) => {
  const status = table.refusals[code];
  const caching = status[1] ? 'public, max-age=' + status[1] : 'no-store';
  const named = param ? '", "param": "' + param : '';
  throw {
    statusCode: status[0],
    statusDescription: code,
    headers: Object.assign({ 'cache-control': { value: caching } }, table.headers),
    body: {
      encoding: 'text',
      data: '{"error": {"code": "' + code + '", "message": "' + message + named + '"}}',
    },
  };
};

// A deployment whose policy cannot be read refuses everything: it might require signatures.
async function settings() {
  try {
    return await store.get('policy', { format: 'json' });
  } catch (error) {
    return refuse('unavailable', 'the settings of this deployment cannot be read');
  }
}

async function entry(kind, name) {
  try {
    return await store.get(kind + ':' + name);
  } catch (error) {
    return NaN;
  }
}

const header = (headers, name) => {
  const field = headers[name] || { value: '' };
  return (field.multiValue || [field]).map((each) => each.value).join(',').toLowerCase();
};

// Older runtimes and CloudFront's test events have no raw query, only the parsed one.
const sent = (request) => {
  const parsed = request.querystring;
  const pair = (name) => (each) => name + '=' + each.value;
  const pairs = (name) => (parsed[name].multiValue || [parsed[name]]).map(pair(name)).join('&');
  const raw = request.rawQueryString && request.rawQueryString();
  return raw || Object.keys(parsed).map(pairs).join('&');
};

const split = (text, mark) => {
  const at = (text + mark).indexOf(mark);
  return [text.slice(0, at), text.slice(at + 1)];
};

const pairsOf = (query) => query.split('&').map((pair) => split(pair, '='));

// The last value of a name; undefined where it was not sent.
const last = (pairs, name) => (pairs.filter((pair) => pair[0] === name).pop() || [])[1];

const unescaped = (text) => {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    return NaN;
  }
};

const plain = (text) => (/[%+]/.test(text) ? unescaped(text.replace(/\+/g, ' ')) : text);

const named = (query) => pairsOf(query).map((pair) => [plain(pair[0]) || '', pair[1]]);

// Looks at every character, wherever the first difference is.
const same = (expected, given) => {
  let difference = expected.length ^ given.length;
  expected.split('').forEach((character, at) => {
    difference |= character.charCodeAt(0) ^ given.charCodeAt(at);
  });
  return !difference;
};

const mac = (secret, path, pairs) => {
  const kept = pairs.filter((pair) => pair[0] !== 'sig' && pair.join(''));
  kept.sort((a, b) => (a[0] > b[0] ? 1 : a[0] < b[0] ? -1 : 0));
  const message = path + '?' + kept.map((pair) => pair.join('=')).join('&');
  return crypto.createHmac('sha256', secret).update(message).digest('base64url');
};

async function verified(path, query, token) {
  const pairs = pairsOf(query);
  const signature = last(pairs, 'sig');
  const imgix = last(pairs, 's');
  let right = false;
  let name = 'sig';
  if (signature !== undefined) {
    const given = split(signature, '.');
    const secret = await entry('key', given[0]);
    right = secret === secret && same(mac(secret, path, pairs), given[1]);
  } else if (token && imgix !== undefined) {
    const kept = query.split('&').filter((pair) => split(pair, '=')[0] !== 's').join('&');
    const signed = token + path + (kept && '?' + kept);
    name = 's';
    right = same(crypto.createHash('md5').update(signed).digest('hex'), imgix);
  } else return right;
  return right || refuse('forbidden', 'the signature does not belong to this URL', name);
}

async function badValue(name, value) {
  const expected = await entry('expects', name);
  const hint = await entry('hint', name + ':' + String(value).toLowerCase());
  refuse('bad-value', name + ' accepts ' + expected + (hint === hint ? '; ' + hint : ''), name);
}

// The pairs of a preset, for the URL's own to follow, so that these win.
async function presetPairs(pairs) {
  const name = last(pairs.filter((pair) => pair[1]), 'preset');
  if (!name) return [];
  const preset = await entry('preset', plain(name) || '');
  return preset === preset ? named(preset) : badValue('preset');
}

const own = (words, text) =>
  Object.prototype.hasOwnProperty.call(words, text) ? words[text] : NaN;

const has = (words, text) => text && words.split(' ').indexOf(text) >= 0;

const scaled = (text, places) =>
  /^([0-9]{1,12}(\.[0-9]{0,9})?|\.[0-9]{1,9})$/.test(text)
    ? Math.floor(Number(text) * Math.pow(10, places) + 0.5)
    : NaN;

const within = (number, low, high) => (number >= low && number <= high ? number : NaN);

// Where `clamps` is set, more than the highest value counts as that.
const whole = (text, low, high, clamps) => {
  const number = scaled(text, 0);
  return within(clamps && number > high ? high : number, low, high);
};

const side = (text, low, high, clamps) => {
  const share = text.indexOf('.') < 0 ? NaN : scaled(text, 4);
  if (!(share <= 10000)) return whole(text, low, high, clamps);
  if (!share) return low ? NaN : 0;
  return share < 10000 ? share / 10000 : '1.0';
};

const hex = (byte) => ('0' + byte.charCodeAt(0).toString(16)).slice(-2);

const utf8 = (text) =>
  encodeURIComponent(text).replace(/%../g, (byte) => String.fromCharCode('0x' + byte.slice(1)));

const fromBase64url = (text) => {
  const stem = String(text).replace(/=+$/, '');
  if (text !== text || /[^\w-]/.test(stem) || stem.length % 4 === 1) return NaN;
  const padded = stem.replace(/-/g, '+').replace(/_/g, '/') + '==='.slice((stem.length + 3) % 4);
  const escape = (byte) => '%' + hex(byte);
  return unescaped(atob(padded).split('').map(escape).join(''));
};

const toBase64url = (bytes) =>
  btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

const kinds = {
  whole: whole,
  side: side,
  decimal: (text, low, high, places) => {
    const unit = Math.pow(10, places);
    return within(scaled(text, places), Math.round(low * unit), Math.round(high * unit)) / unit;
  },
  angle: (text) => {
    const tenths = within(scaled(text.replace(/^-/, ''), 1), 0, 3600);
    return ((text[0] === '-' ? 3600 - tenths : tenths) % 3600) / 10;
  },
  oneof: (text, words, others, low, high) =>
    own(others, text) || (has(words, text) ? text : whole(text, low, high)),
  setof: (text, words, kept, others) => {
    const asked = text.split(/[,_]/).map((word) => own(others, word) || word);
    if (!asked.every((word) => has(words, word))) return NaN;
    return (kept || words).split(' ').filter((word) => asked.indexOf(word) >= 0).join('_');
  },
  colour: (text) => {
    const digits = text.replace(/^#/, '').toLowerCase();
    if (!/^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.test(digits)) return NaN;
    return (digits.length < 5 ? digits.replace(/./g, '$&$&') : digits).replace(/^ff(?=.{6})/, '');
  },
  ratio: (text, low, high) => {
    const parts = split(text, ':');
    const divisor = text.indexOf(':') < 0 ? 1e6 : scaled(parts[1], 6);
    const ratio = Math.floor((scaled(parts[0], 6) / divisor) * 1e6 + 0.5);
    return within(ratio, low * 1e6, high * 1e6) / 1e6;
  },
  region: (text, x, y, width, height) => {
    const spans = text.split(/[,_]/).map((span, at) => {
      const word = own([x, y, width, height][at] || {}, span);
      return word === word ? word : side(span, at < 2 ? 0 : 1, 1e6);
    });
    return spans.length !== 4 || spans.some((span) => span !== span) ? NaN : spans.join('_');
  },
  token: (text, longest) => (/^[\w.-]+$/.test(text) && text.length <= longest ? text : NaN),
  text: (text, longest) => {
    const bytes = utf8(text);
    return bytes.length > longest ? NaN : toBase64url(bytes);
  },
};

const meant = (kind, asked, settled) => {
  const sent = settled ? asked[0] : plain(asked[0]);
  const text = (settled ? kind[0] === 'text' : asked[1]) ? fromBase64url(sent) : sent;
  return /[\x00-\x1f\x7f-\x9f]/.test(text) ? NaN : text;
};

const spelled = (kind, text) =>
  text === text ? kinds[kind[0]](text, kind[1], kind[2], kind[3], kind[4]) : text;

const keyOf = (path) => {
  const key = unescaped(path.replace(/^\//, ''));
  if (key !== key) refuse('bad-key', 'the path is not percent-encoded UTF-8');
  const dots = (part) => part === '.' || part === '..';
  if (!key || /[\x00-\x1f\x7f]/.test(key) || key.split('/').some(dots)) {
    refuse('bad-key', "the path must name an original, without '.' or '..' segments");
  }
  return key;
};

const stemOf = (name) => name.replace(/64$/, '');

// Learns the rows of names that are not common. In a function of its own, for njs 0.7 forgets what
// a loop's body held before an `await`.
async function learnOne(rows, name) {
  if (name in rows || has(table.never, name) || !/^[a-z][a-z-]{0,39}$/.test(name)) return;
  const text = await entry('param', name);
  const row = text === text && JSON.parse(text);
  rows[name] = row;
  if (row) rows[row[0]] = row;
}

async function learn(rows, pairs) {
  let at = 0;
  while (at < pairs.length) {
    await learnOne(rows, stemOf(pairs[at][0]));
    at++;
  }
}

// The last text of each parameter, and whether its name said base64url: [row, text, encoded].
const collected = (rows, pairs) => {
  const found = Object.create(null);
  pairs.forEach((pair) => {
    const row = rows[stemOf(pair[0])];
    if (row && (pair[1] || row[1][0] === 'text')) found[row[0]] = [row, pair[1], stemOf(pair[0]) !== pair[0]];
  });
  return found;
};

async function readOne(texts, asked, settled) {
  const row = asked[0];
  const name = row[0];
  const kind = row[1];
  const value = meant(kind, asked.slice(1), settled);
  let text = spelled(kind, value);
  if (text !== text && kind[0] === 'colour') text = await entry('colour', value);
  if (text !== text) await badValue(name, value);
  if (String(text) !== row[2]) texts[name] = String(text);
}

const isAccess = (name) => has(table.access, name);

// The key, and the canonical texts of all that is asked for and not the default, by name.
async function read(path, pairs, rows) {
  const key = keyOf(path);
  const cut = key.lastIndexOf('/');
  const segment = key.slice(cut + 1);
  await learn(rows, pairs);
  const given = collected(rows, pairs);
  const settled =
    cut > 0 &&
    /^[a-z0-9-]+=[\w.-]*(,[a-z0-9-]+=[\w.-]*)*$/.test(segment) &&
    /(^|,)r=[0-9]+(,|$)/.test(segment) &&
    Object.keys(given).every(isAccess);
  const original = settled ? key.slice(0, cut) : key;
  if (utf8(original).length > table.key) {
    refuse('bad-key', 'the path must name an original in at most ' + table.key + ' bytes');
  }
  const parts = settled ? pairsOf(segment.replace(/,/g, '&')) : pairs;
  await learn(rows, parts);
  const wanted = collected(rows, parts);
  const names = Object.keys(wanted).filter((name) => !isAccess(name)).sort();
  const texts = Object.create(null);
  let at = 0;
  while (at < names.length) {
    await readOne(texts, wanted[names[at]], settled);
    at++;
  }
  if (given.expires) await readOne(texts, given.expires);
  return [original, texts, settled];
}

const isGiven = (atom, texts) => {
  const parts = atom.split('=');
  const text = texts[parts[0]];
  return (
    text !== undefined &&
    (!parts[1] || text.split('_').some((word) => parts[1].split(',').indexOf(word) >= 0))
  );
};

// Whether one atom of a clause holds.
const holds = (clause, texts) =>
  clause
    .split('|')
    .some((atom) => (atom[0] === '!' ? !isGiven(atom.slice(1), texts) : isGiven(atom, texts)));

// Drops what has no effect (origin_lambda/url/needs.py), until nothing changes any more.
const drop = (texts, rows) => {
  const names = Object.keys(texts).sort().reverse();
  const dropped = names.filter((name) => {
    const row = rows[name];
    const follows = split(row[4] || '', '=');
    const same = follows[0] && texts[name] === (texts[follows[0]] || follows[1]);
    const idle = same || !row[3].every((clause) => holds(clause, texts));
    if (idle) delete texts[name];
    return idle;
  });
  if (dropped.length) drop(texts, rows);
};

const pixels = (text) => (text && text.indexOf('.') < 0 ? Number(text) : 0);

const rung = (asked, rungs) => rungs.filter((each) => each >= asked)[0] || rungs.slice(-1)[0];

// Sizes that are not the URL's own are a preset's, and stay.
const snap = (texts, own, ladder) => {
  const width = own.w ? pixels(texts.w) : 0;
  const height = own.h ? pixels(texts.h) : 0;
  const snapped = rung(width || height, ladder);
  if (!snapped || !(width || height)) return;
  if (width && height) {
    texts.h = String(Math.min(table.side, Math.floor((height * snapped) / width + 0.5)) || 1);
  }
  texts[width ? 'w' : 'h'] = String(snapped);
};

const hint = (texts, headers, ladder) => {
  const ratio = header(headers, 'sec-ch-dpr');
  const width = header(headers, 'sec-ch-width');
  if (pixels(texts.w) || pixels(texts.h)) {
    const dpr = /^[0-9]{1,3}(\.[0-9]{1,9})?$/.test(ratio) ? rung(ratio, [1, 1.5, 2, 3]) : 1;
    if (dpr > 1) texts.dpr = String(dpr);
  } else if (!texts.w && !texts.h && /^[0-9]{1,6}$/.test(width) && width > 0) {
    const rungs = ladder.length ? ladder : [Math.ceil(width / 100) * 100];
    texts.w = String(Math.min(rung(width, rungs), table.side));
  }
};

const weight = (accept, type) => {
  let found = 0;
  accept.split(',').forEach((entry) => {
    const parts = entry.split(';').map((part) => part.trim());
    const given = parts.map((part) => /^q=([01](\.[0-9]{0,3})?)$/.exec(part)).filter((part) => part);
    if (parts[0] === type) found = given.length ? Number(given.pop()[1]) : 1;
  });
  return found;
};

const best = (accept) => {
  const avif = weight(accept, 'image/avif');
  const webp = weight(accept, 'image/webp');
  if (avif + webp === 0) return 'auto-jpg';
  return avif < webp ? 'auto-webp' : 'auto-avif';
};

// What the URL left open, and its original's own bytes do not settle: size by client hints,
// quality by Save-Data. Returns the names of the headers that may matter.
const adapt = (texts, headers, policy) => {
  const vary = [];
  if (has(table.info, texts.fm) || texts.palette) return vary;
  if (!Object.keys(texts).some((name) => name !== 'dl' && name !== 'v')) return vary;
  if (policy.client_hints && !texts.dpr) {
    vary.push('Sec-CH-DPR', 'Sec-CH-Width');
    hint(texts, headers, policy.size_ladder);
  }
  if (policy.save_data && !texts.q) {
    vary.push('Save-Data');
    if (header(headers, 'save-data') === 'on') texts.q = 'auto-eco';
  }
  return vary;
};

const canonical = (key, texts) => {
  const quoted = (mark) => '%' + hex(mark).toUpperCase();
  const name = encodeURIComponent(key).replace(/[!'()*]/g, quoted).replace(/%2F/g, '/');
  texts.r = table.recipe;
  const pairs = Object.keys(texts).sort().map((each) => each + '=' + texts[each]);
  return '/' + name + '/' + pairs.join(',');
};

// Without a key only what the deployment has left open.
const closed = (texts, open) => {
  Object.keys(texts).sort().forEach((name) => {
    if (name === 'expires') return;
    if (open.indexOf(name) < 0) refuse('forbidden', name + ' may be used in signed URLs only', name);
    if ((name === 'w' || name === 'h') && texts[name].indexOf('.') > 0) {
      refuse('forbidden', name + ' may be a fraction in signed URLs only', name);
    }
  });
};

async function admit(request) {
  const path = request.uri;
  const query = sent(request);
  if (path.length + query.length + (query ? 1 : 0) > table.longest) {
    refuse('url-too-long', 'the URL is longer than ' + table.longest + ' bytes');
  }
  if (query.split('&').length > table.pairs) {
    refuse('url-too-long', 'the URL has more than ' + table.pairs + ' parameters');
  }
  const policy = await settings();
  const signed = await verified(path, query, policy.imgix_token);
  if (policy.require_signature && !signed) refuse('forbidden', 'the URL must be signed', 'sig');
  const pairs = named(query);
  const rows = Object.assign(Object.create(null), common);
  if (policy.open_parameters && !signed) {
    const given = await read(path, pairs, rows);
    closed(given[1], policy.open_parameters);
  }
  const preset = await presetPairs(pairs);
  const asked = await read(path, preset.concat(pairs), rows);
  const texts = asked[1];
  const expires = texts.expires;
  if (expires < Date.now() / 1000) refuse('expired', 'the URL has expired', 'expires');
  delete texts.expires;
  drop(texts, rows);
  const vary = asked[2] ? [] : adapt(texts, request.headers, policy);
  if (texts.auto && !texts.fm) texts.fm = best(header(request.headers, 'accept'));
  delete texts.auto;
  const own = preset.length ? collected(rows, pairs) : texts;
  if (!signed) snap(texts, own, policy.size_ladder);
  if (/^auto-/.test(texts.fm)) vary.unshift('Accept');
  drop(texts, rows);
  // For viewer_response.js; a header of this name that a viewer sends is overwritten.
  const printable = query.replace(/[^!-~]+/g, encodeURIComponent);
  const left = [expires, vary.join(', '), printable].join(';');
  request.headers['x-calotype'] = { value: left };
  return canonical(asked[0], texts);
}

async function handler(event) {
  const request = event.request;
  try {
    request.uri = await admit(request);
    request.querystring = {};
    return request;
  } catch (error) {
    if (error.statusCode) return error;
    throw error;
  }
}
