// The edge's side of every request: one canonical URI, or a refusal. The twin of
// origin_lambda/url/admission.py, which says what each rule is for; edge/vectors.json holds the
// two together. Written in what both cloudfront-js-2.0 and njs 0.7 read: no for-of,
// destructuring, spread, default arguments, classes, Map or Set.
import cf from 'cloudfront';
import crypto from 'crypto';
import table from './table.js';

const store = cf.kvs();
const SEGMENT = /^[a-z0-9-]+=[A-Za-z0-9._-]*(,[a-z0-9-]+=[A-Za-z0-9._-]*)*$/;
const RECIPE = /(^|,)r=[0-9]+(,|$)/;
const RATIOS = [1, 1.5, 2, 3];

// Without a prototype, `constructor` and `__proto__` are names like any other unknown one.
const INDEX = Object.create(null);
table.params.forEach((param, index) => {
  param[0].split(' ').forEach((name) => {
    INDEX[name] = index;
  });
});

async function handler(event) {
  const request = event.request;
  try {
    request.uri = await admit(request);
    request.querystring = {};
    return request;
  } catch (error) {
    if (!error.refused) throw error;
    return refusal(error);
  }
}

function refuse(code, message, param) {
  throw { refused: code, message: message, param: param };
}

function refusal(error) {
  const kind = table.refusals[error.refused];
  const param = error.param ? '", "param": "' + error.param : '';
  return {
    statusCode: kind[0],
    statusDescription: error.refused,
    headers: Object.assign({ 'cache-control': { value: kind[1] } }, table.headers),
    body: {
      encoding: 'text',
      data: '{"error": {"code": "' + error.refused + '", "message": "' + error.message + param + '"}}',
    },
  };
}

async function admit(request) {
  const path = request.uri;
  const query = sent(request);
  if (path.length + (query ? 1 : 0) + query.length > table.longest) {
    refuse('url-too-long', 'the URL is longer than ' + table.longest + ' bytes');
  }
  const policy = await settings();
  const signed = await verified(path, query, policy.imgix_token);
  if (policy.require_signature && !signed) {
    refuse('forbidden', 'the URL must be signed', 'sig');
  }
  const asked = read(path, await withPreset(query));
  if (asked.texts.expires < Date.now() / 1000) {
    refuse('expired', 'the URL has expired', 'expires');
  }
  delete asked.texts.expires;
  settle(asked.texts, request.headers, policy);
  if (!signed) snap(asked.texts, policy.size_ladder);
  return canonical(asked.key, asked.texts);
}

// CloudFront's own test events carry only the parsed query: there, a name sent bare reads `name=`.
function sent(request) {
  const raw = request.rawQueryString && request.rawQueryString();
  if (raw) return raw;
  const parsed = request.querystring;
  return Object.keys(parsed)
    .map((name) => {
      const values = parsed[name].multiValue || [parsed[name]];
      return values.map((each) => name + '=' + each.value).join('&');
    })
    .join('&');
}

function header(headers, name) {
  const found = headers[name];
  if (!found) return '';
  return found.multiValue ? found.multiValue.map((each) => each.value).join(',') : found.value;
}

// A deployment that cannot read its policy refuses everything: it might require signatures.
async function settings() {
  try {
    return await store.get('policy', { format: 'json' });
  } catch (error) {
    return refuse('unavailable', 'the settings of this deployment cannot be read');
  }
}

async function entry(kind, name) {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) return undefined;
  try {
    return await store.get(kind + ':' + name);
  } catch (error) {
    return undefined;
  }
}

function parts(pair) {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function last(pairs, name) {
  const found = pairs.filter((pair) => pair[0] === name);
  return found.length ? found[found.length - 1][1] : undefined;
}

async function verified(path, query, token) {
  const pairs = query.split('&').filter((pair) => pair).map(parts);
  let given = last(pairs, 'sig');
  if (given !== undefined) {
    const dot = given.indexOf('.');
    const secret = dot < 0 ? undefined : await entry('key', given.slice(0, dot));
    const right = secret !== undefined && same(mac(secret, path, pairs), given.slice(dot + 1));
    return right || refuse('forbidden', 'the signature does not belong to this URL', 'sig');
  }
  given = last(pairs, 's');
  if (token === undefined || given === undefined) return false;
  const kept = query.split('&').filter((pair) => parts(pair)[0] !== 's').join('&');
  const hash = crypto.createHash('md5').update(token + path + (kept && '?' + kept));
  return (
    same(hash.digest('hex'), given) ||
    refuse('forbidden', 'the signature does not belong to this URL', 's')
  );
}

function mac(secret, path, pairs) {
  const kept = pairs.filter((pair) => pair[0] !== 'sig').map((pair, index) => [pair, index]);
  kept.sort((a, b) => (a[0][0] === b[0][0] ? a[1] - b[1] : a[0][0] < b[0][0] ? -1 : 1));
  const message = path + '?' + kept.map((each) => each[0].join('=')).join('&');
  return crypto.createHmac('sha256', secret).update(message).digest('base64url');
}

// Looks at every character, whatever the first difference is.
function same(expected, given) {
  let difference = expected.length ^ given.length;
  for (let i = 0; i < expected.length; i++) {
    difference |= expected.charCodeAt(i) ^ given.charCodeAt(i);
  }
  return difference === 0;
}

async function withPreset(query) {
  const named = last(query.split('&').map(parts).map(decoded), 'preset');
  if (named === undefined) return query;
  const preset = await entry('preset', unescaped(named, true) || '');
  if (preset === undefined) {
    refuse('bad-value', "preset accepts the name of one of this deployment's presets", 'preset');
  }
  return preset + '&' + query;
}

function unescaped(text, plus) {
  try {
    return decodeURIComponent(plus ? text.replace(/\+/g, ' ') : text);
  } catch (error) {
    return undefined;
  }
}

function decoded(pair) {
  return [unescaped(pair[0], true) || '', pair[1]];
}

// Returns the key, and the canonical texts of all that is asked for and not the default.
function read(path, query) {
  const key = keyOf(path);
  const cut = key.lastIndexOf('/');
  const segment = key.slice(cut + 1);
  const given = collected(query.split('&').map(parts).map(decoded));
  const settled =
    cut > 0 &&
    SEGMENT.test(segment) &&
    RECIPE.test(segment) &&
    !given.some((asked, index) => asked && index < table.access);
  const wanted = settled ? collected(segment.split(',').map(parts)) : given;
  const texts = {};
  table.params.forEach((param, index) => {
    const own = index < table.access;
    const asked = own ? wanted[index] : given[index];
    if (!asked) return;
    const name = param[0].split(' ')[0];
    const kind = table.kinds[param[1]];
    const text = value(kind, asked[0], asked[1], settled && own);
    if (text === undefined || text !== text) {
      refuse('bad-value', name + ' accepts ' + kind[0], name);
    }
    if (String(text) !== param[2]) texts[name] = String(text);
  });
  return { key: settled ? key.slice(0, cut) : key, texts: texts };
}

function keyOf(path) {
  const key = unescaped(path.replace(/^\//, ''));
  if (key === undefined) refuse('bad-key', 'the path is not percent-encoded UTF-8');
  const dots = (part) => part === '.' || part === '..';
  if (!key || /[\x00-\x1f\x7f]/.test(key) || key.split('/').some(dots)) {
    refuse('bad-key', "the path must name an original, without '.' or '..' segments");
  }
  return key;
}

// The last text of each parameter, and whether its name said base64url.
function collected(pairs) {
  const found = [];
  pairs.forEach((pair) => {
    const stem = pair[0].replace(/64$/, '');
    if (INDEX[stem] !== undefined) found[INDEX[stem]] = [pair[1], stem !== pair[0]];
  });
  return found;
}

// Returns the canonical text (or the number it spells); undefined or NaN where there is none.
function value(kind, text, encoded, settled) {
  let plain = settled ? text : unescaped(text, true);
  if (plain !== undefined && (settled ? kind[1] === 'text' : encoded)) plain = fromBase64url(plain);
  return plain === undefined ? undefined : KINDS[kind[1]](plain, kind[2], kind[3], kind[4], kind[5]);
}

function fromBase64url(text) {
  const stem = text.replace(/=+$/, '');
  if (!/^[A-Za-z0-9_-]*$/.test(stem) || stem.length % 4 === 1) return undefined;
  const padded = stem.replace(/-/g, '+').replace(/_/g, '/') + '==='.slice((stem.length + 3) % 4);
  const escape = (byte) => '%' + ('0' + byte.charCodeAt(0).toString(16)).slice(-2);
  return unescaped(atob(padded).split('').map(escape).join(''));
}

function utf8(text) {
  return encodeURIComponent(text).replace(/%(..)/g, (escape, digits) =>
    String.fromCharCode(parseInt(digits, 16))
  );
}

function own(words, text) {
  return Object.prototype.hasOwnProperty.call(words, text) ? words[text] : undefined;
}

function scaled(text, places) {
  if (!/^([0-9]{1,12}(\.[0-9]{0,9})?|\.[0-9]{1,9})$/.test(text)) return NaN;
  return Math.floor(Number(text) * Math.pow(10, places) + 0.5);
}

function within(number, low, high) {
  return number >= low && number <= high ? number : NaN;
}

function side(text, low, high) {
  const share = text.indexOf('.') < 0 ? NaN : scaled(text, 4);
  if (!(share <= 10000)) return within(scaled(text, 0), low, high);
  if (share === 0) return low ? NaN : 0;
  return share === 10000 ? '1.0' : share / 10000;
}

const KINDS = {
  whole: (text, low, high) => within(scaled(text, 0), low, high),
  decimal: (text, low, high, places) => {
    const unit = Math.pow(10, places);
    return within(scaled(text, places), Math.round(low * unit), Math.round(high * unit)) / unit;
  },
  angle: (text) => {
    const back = text[0] === '-';
    const tenths = within(scaled(back ? text.slice(1) : text, 1), 0, 3600);
    return ((back ? 3600 - tenths : tenths) % 3600) / 10;
  },
  turn: (text, degrees) => {
    const turn = own(degrees, text) || within(scaled(text, 0), 0, 8);
    return turn === 0 ? 1 : turn;
  },
  side: side,
  oneof: (text, words, others) => (words.split(' ').indexOf(text) < 0 ? own(others, text) : text),
  setof: (text, words, kept) => {
    const known = words.split(' ');
    const asked = text.split(/[,_]/);
    if (asked.some((word) => known.indexOf(word) < 0)) return undefined;
    return kept.split(' ').filter((word) => asked.indexOf(word) >= 0).join('_');
  },
  flag: (text) => own({ true: 'true', 1: 'true', false: 'false', 0: 'false' }, text),
  colour: (text) => {
    const word = /^[a-z]+$/.test(text) && new RegExp('(^|[A-F0-9])' + text + '([A-F0-9]{6})');
    const named = word && word.exec(table.colours);
    let digits = (named ? named[2] : text.replace(/^#/, '')).toLowerCase();
    if (!/^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.test(digits)) return undefined;
    if (digits.length < 5) digits = digits.replace(/./g, '$&$&');
    return digits.length === 8 ? digits.replace(/^ff/, '') : digits;
  },
  ratio: (text, low, high) => {
    const at = (text + ':').indexOf(':');
    const divisor = at < text.length ? scaled(text.slice(at + 1), 6) : 1e6;
    const ratio = Math.floor((scaled(text.slice(0, at), 6) / divisor) * 1e6 + 0.5);
    return within(ratio, low * 1e6, high * 1e6) / 1e6;
  },
  region: (text, x, y, width, height) => {
    const spans = text.split(/[,_]/);
    if (spans.length !== 4) return undefined;
    const read = [x, y, width, height].map((words, index) => {
      const word = own(words, spans[index]);
      return word === undefined ? side(spans[index], index < 2 ? 0 : 1, 1000000) : word;
    });
    return read.some((span) => span !== span) ? undefined : read.join('_');
  },
  token: (text, longest) =>
    /^[A-Za-z0-9._-]+$/.test(text) && text.length <= longest ? text : undefined,
  text: (text, longest) => {
    const bytes = utf8(text);
    if (bytes.length > longest || /[\x00-\x1f\x7f-\x9f]/.test(text)) return undefined;
    return btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  },
  score: (text, low, high, words, others) => {
    const word = own(others, text) || text;
    return words.split(' ').indexOf(word) < 0 ? within(scaled(text, 0), low, high) : word;
  },
};

// What the URL left open: size by client hints, quality by Save-Data, format by Accept.
function settle(texts, headers, policy) {
  if (Object.keys(texts).some((name) => name !== 'dl' && name !== 'v')) {
    if (policy.client_hints && !texts.dpr) hint(texts, headers, policy.size_ladder);
    const saving = policy.save_data && header(headers, 'save-data').toLowerCase() === 'on';
    if (saving && !texts.q) texts.q = 'auto-eco';
  }
  if (texts.auto && !texts.fm) texts.fm = best(header(headers, 'accept'));
  delete texts.auto;
}

function hint(texts, headers, ladder) {
  const ratio = header(headers, 'sec-ch-dpr');
  const width = header(headers, 'sec-ch-width');
  if (pixels(texts.w) || pixels(texts.h)) {
    const rounded = /^[0-9]{1,3}(\.[0-9]{1,9})?$/.test(ratio) ? rung(Number(ratio), RATIOS) : 1;
    if (rounded > 1) texts.dpr = String(rounded);
  } else if (!texts.w && !texts.h && /^[0-9]{1,6}$/.test(width) && Number(width)) {
    const rungs = ladder.length ? ladder : [Math.ceil(Number(width) / 100) * 100];
    texts.w = String(Math.min(rung(Number(width), rungs), table.side));
  }
}

function best(accept) {
  const weights = { 'image/avif': 0, 'image/webp': 0 };
  accept.toLowerCase().split(',').forEach((entry) => {
    const found = entry.split(';').map((part) => part.trim());
    const weight = found.slice(1).map((part) => /^q=([01](\.[0-9]{0,3})?)$/.exec(part));
    const last = weight.filter((match) => match).pop();
    weights[found[0]] = last ? Number(last[1]) : 1;
  });
  const avif = weights['image/avif'];
  const webp = weights['image/webp'];
  if (!avif && !webp) return 'auto-jpg';
  return avif >= webp ? 'auto-avif' : 'auto-webp';
}

function pixels(text) {
  return text && text.indexOf('.') < 0 ? Number(text) : 0;
}

function rung(asked, rungs) {
  return rungs.filter((each) => each >= asked)[0] || rungs[rungs.length - 1];
}

function snap(texts, ladder) {
  if (!ladder.length) return;
  const width = pixels(texts.w);
  const height = pixels(texts.h);
  if (width) {
    const wide = rung(width, ladder);
    const high = Math.min(table.side, Math.floor((height * wide) / width + 0.5)) || 1;
    texts.w = String(wide);
    if (height) texts.h = String(high);
  } else if (height) {
    texts.h = String(rung(height, ladder));
  }
}

function canonical(key, texts) {
  const quoted = (mark) => '%' + mark.charCodeAt(0).toString(16).toUpperCase();
  const name = encodeURIComponent(key).replace(/[!'()*]/g, quoted).replace(/%2F/g, '/');
  texts.r = table.recipe;
  const pairs = Object.keys(texts).sort().map((each) => each + '=' + texts[each]);
  return '/' + name + '/' + pairs.join(',');
}
