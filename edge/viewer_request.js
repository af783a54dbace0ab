// Rewrites a request to its one canonical URI, or refuses it. origin_lambda/url/admission.py does
// the same in Python and has the reason of each rule; the tests of edge/vectors.json keep both
// equal. Start reading at the end, with `admit`: njs 0.7 cannot call functions defined later.
//
// Both cloudfront-js-2.0 and njs 0.7 must run this: no for-of, destructuring, spread, default
// arguments, classes, Map or Set, no `await` inside arguments, and no `$` where a line break could
// end the text. NaN stands for "no such value".
//
// The KeyValueStore has what only some requests need, so that it costs no bytes here: secrets,
// presets, names of colours, rare parameters, and hints for bad values (edge/build.py).
import cf from 'cloudfront';
import crypto from 'crypto';
import table from './table.js';

const store = cf.kvs();

// Rows [name, kind, default, needs, follows], by every spelling of a name; `follows` is a name and
// its default. The object has no prototype, so that `constructor` is a name like any other.
const common = Object.create(null);
table.params.split(';').forEach((text) => {
  const fields = text.split(':');
  const names = fields[0].split(' ');
  const needs = fields[3] ? fields[3].split('.').map((at) => table.needs[at]) : [];
  names.forEach((name) => {
    common[name] = [names[0], table.kinds[fields[1]], fields[2], needs, fields[4]];
  });
});

// Stops with an answer of the store (edge/refusals.py). The handler sends it.
const refuse = (name, param, message) => {
  throw [name, param, message];
};

// Without its policy the function refuses everything: the policy might require signatures.
async function readPolicy() {
  try {
    return await store.get('policy', { format: 'json' });
  } catch (error) {
    return refuse('unavailable');
  }
}

async function lookUp(kind, name) {
  try {
    return await store.get(kind + ':' + name);
  } catch (error) {
    return NaN;
  }
}

const readHeader = (headers, name) => {
  const field = headers[name] || { value: '' };
  return (field.multiValue || [field]).map((each) => each.value).join(',').toLowerCase();
};

// Older runtimes and CloudFront's test events have only the parsed query, not the raw one.
const readQuery = (request) => {
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

const splitPairs = (query) => query.split('&').map((pair) => split(pair, '='));

// Returns the last value of a name; undefined if it was not sent.
const findLast = (pairs, name) => (pairs.filter((pair) => pair[0] === name).pop() || [])[1];

const unescapeText = (text) => {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    return NaN;
  }
};

const decodeText = (text) => (/[%+]/.test(text) ? unescapeText(text.replace(/\+/g, ' ')) : text);

const decodeNames = (query) => splitPairs(query).map((pair) => [decodeText(pair[0]) || '', pair[1]]);

// Compares all characters, so that the time does not depend on the first difference.
const isEqual = (expected, given) => {
  let difference = expected.length ^ given.length;
  expected.split('').forEach((character, at) => {
    difference |= character.charCodeAt(0) ^ given.charCodeAt(at);
  });
  return !difference;
};

const computeMac = (secret, path, pairs) => {
  const kept = pairs.filter((pair) => pair[0] !== 'sig' && pair.join(''));
  kept.sort((a, b) => (a[0] > b[0] ? 1 : a[0] < b[0] ? -1 : 0));
  const message = path + '?' + kept.map((pair) => pair.join('=')).join('&');
  return crypto.createHmac('sha256', secret).update(message).digest('base64url');
};

async function verify(path, query, token) {
  const pairs = splitPairs(query);
  const signature = findLast(pairs, 'sig');
  const imgix = findLast(pairs, 's');
  let right = false;
  let name = 'sig';
  if (signature !== undefined) {
    const given = split(signature, '.');
    const secret = await lookUp('key', given[0]);
    right = secret === secret && isEqual(computeMac(secret, path, pairs), given[1]);
  } else if (token && imgix !== undefined) {
    const kept = query.split('&').filter((pair) => split(pair, '=')[0] !== 's').join('&');
    const signed = token + path + (kept && '?' + kept);
    name = 's';
    right = isEqual(crypto.createHash('md5').update(signed).digest('hex'), imgix);
  } else return right;
  return right || refuse('wrong-signature', name);
}

async function refuseValue(name, value) {
  const expected = await lookUp('expects', name);
  const hint = await lookUp('hint', name + ':' + String(value).toLowerCase());
  refuse('bad-value', name, name + ' accepts ' + expected + (hint === hint ? '; ' + hint : ''));
}

// Returns the pairs of the preset. The URL's own pairs come after them and override them.
async function readPreset(pairs) {
  const name = findLast(pairs.filter((pair) => pair[1]), 'preset');
  if (!name) return [];
  const preset = await lookUp('preset', decodeText(name) || '');
  return preset === preset ? decodeNames(preset) : refuseValue('preset');
}

const findOwn = (words, text) =>
  Object.prototype.hasOwnProperty.call(words, text) ? words[text] : NaN;

const hasWord = (words, text) => text && words.split(' ').indexOf(text) >= 0;

const parseDecimal = (text, places) =>
  /^([0-9]{1,12}(\.[0-9]{0,9})?|\.[0-9]{1,9})$/.test(text)
    ? Math.floor(Number(text) * Math.pow(10, places) + 0.5)
    : NaN;

const checkBounds = (number, low, high) => (number >= low && number <= high ? number : NaN);

// If `clamps` is set, a number above the highest value becomes the highest value.
const parseWhole = (text, low, high, clamps) => {
  const isNegative = low < 0 && text[0] === '-';
  const number = isNegative ? -parseDecimal(text.slice(1), 0) : parseDecimal(text, 0);
  return checkBounds(clamps && number > high ? high : number, low, high);
};

const parseSide = (text, low, high, clamps) => {
  const share = text.indexOf('.') < 0 ? NaN : parseDecimal(text, 4);
  if (!(share <= 10000)) return parseWhole(text, low, high, clamps);
  if (!share) return low ? NaN : 0;
  return share < 10000 ? share / 10000 : '1.0';
};

const escapeByte = (byte) =>
  '%' + ('0' + byte.charCodeAt(0).toString(16)).slice(-2).toUpperCase();

const encodeUtf8 = (text) =>
  encodeURIComponent(text).replace(/%../g, (byte) => String.fromCharCode('0x' + byte.slice(1)));

const fromBase64url = (text) => {
  const stem = String(text).replace(/=+$/, '');
  if (text !== text || /[^\w-]/.test(stem) || stem.length % 4 === 1) return NaN;
  const padded = stem.replace(/-/g, '+').replace(/_/g, '/') + '==='.slice((stem.length + 3) % 4);
  return unescapeText(atob(padded).split('').map(escapeByte).join(''));
};

const toBase64url = (bytes) =>
  btoa(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

const kinds = {
  whole: parseWhole,
  side: parseSide,
  decimal: (text, low, high, places) => {
    const unit = Math.pow(10, places);
    return checkBounds(parseDecimal(text, places), Math.round(low * unit), Math.round(high * unit)) / unit;
  },
  angle: (text) => {
    const tenths = checkBounds(parseDecimal(text.replace(/^-/, ''), 1), 0, 3600);
    return ((text[0] === '-' ? 3600 - tenths : tenths) % 3600) / 10;
  },
  oneof: (text, words, others, low, high) =>
    findOwn(others, text) || (hasWord(words, text) ? text : parseWhole(text, low, high)),
  setof: (text, words, kept, others) => {
    const asked = text.split(/[,_]/).map((word) => findOwn(others, word) || word);
    if (!asked.every((word) => hasWord(words, word))) return NaN;
    return (kept || words).split(' ').filter((word) => asked.indexOf(word) >= 0).join('_');
  },
  colour: (text) => {
    const digits = text.replace(/^#/, '').toLowerCase();
    if (!/^([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.test(digits)) return NaN;
    return (digits.length < 5 ? digits.replace(/./g, '$&$&') : digits).replace(/^ff(?=.{6})/, '');
  },
  ratio: (text, low, high) => {
    const parts = split(text, ':');
    const divisor = text.indexOf(':') < 0 ? 1e6 : parseDecimal(parts[1], 6);
    const ratio = Math.floor((parseDecimal(parts[0], 6) / divisor) * 1e6 + 0.5);
    return checkBounds(ratio, low * 1e6, high * 1e6) / 1e6;
  },
  region: (text, x, y, width, height) => {
    const spans = text.split(/[,_]/).map((span, at) => {
      const word = findOwn([x, y, width, height][at] || {}, span);
      return word === word ? word : parseSide(span, at < 2 ? 0 : 1, 1e6);
    });
    return spans.length !== 4 || spans.some((span) => span !== span) ? NaN : spans.join('_');
  },
  token: (text, pattern) => (RegExp('^' + pattern + '$').test(text) ? text : NaN),
  text: (text, longest) => {
    const bytes = encodeUtf8(text);
    return bytes.length > longest ? NaN : toBase64url(bytes);
  },
};

const readValue = (kind, asked, isCanonical) => {
  const sent = isCanonical ? asked[0] : decodeText(asked[0]);
  const text = (isCanonical ? kind[0] === 'text' : asked[1]) ? fromBase64url(sent) : sent;
  // The third part of a kind of text is a control character that it can contain, if any.
  return /[\x00-\x1f\x7f-\x9f]/.test((text + '').split(kind[2]).join()) ? NaN : text;
};

const formatValue = (kind, text) =>
  text === text ? kinds[kind[0]](text, kind[1], kind[2], kind[3], kind[4]) : text;

// Returns a key as canonical paths have it, as `encode_key` of origin_lambda/url/grammar.py does. A
// long key takes most of this function's time. njs joins parts faster than it replaces a pattern.
const encodeKey = (key) => {
  if (key !== key) refuse('not-utf8');
  if (/^$|[\x00-\x1f\x7f]|(^|\/)\.\.?(\/|$)/.test(key)) refuse('no-key');
  const parts = encodeURIComponent(key).replace(/[!'()*~]/g, escapeByte).split('%');
  const text = parts.join('=');
  // An escape has two characters more than its byte.
  if (text.length - 2 * parts.length > table.key - 2) refuse('long-key');
  return text.replace(/(?!^)=2F(?!=2F|$)/g, '/');
};

const stripBase64Suffix = (name) => name.replace(/64$/, '');

// Loads the row of a rare parameter. This is a separate function because njs 0.7 loses the local
// variables of a loop's body at an `await`.
async function loadRow(rows, name) {
  if (name in rows || hasWord(table.never, name) || !/^[a-z][a-z-]{0,39}$/.test(name)) return;
  const text = await lookUp('param', name);
  const row = text === text && JSON.parse(text);
  rows[name] = row;
  if (row) rows[row[0]] = row;
}

async function loadRows(rows, pairs) {
  let at = 0;
  while (at < pairs.length) {
    await loadRow(rows, stripBase64Suffix(pairs[at][0]));
    at++;
  }
}

// Returns the last text of each parameter, and whether its name ends in 64: [row, text, encoded].
const collect = (rows, pairs) => {
  const found = Object.create(null);
  pairs.forEach((pair) => {
    const row = rows[stripBase64Suffix(pair[0])];
    if (row && (pair[1] || row[1][0] === 'text')) found[row[0]] = [row, pair[1], stripBase64Suffix(pair[0]) !== pair[0]];
  });
  return found;
};

// Returns the canonical text of a value. Some colours have names.
async function readText(kind, value) {
  const text = formatValue(kind, value);
  return text !== text && kind[0] === 'colour' ? lookUp('colour', value) : text;
}

async function addText(found, kind, value) {
  const text = await readText(kind, value);
  found.push(text);
}

// Returns the canonical text of a list. If `kind[2]` is set, one value stands for all.
async function readList(kind, value) {
  const parts = String(value).split(/[,_]/);
  const found = [];
  while (found.length < parts.length) {
    await addText(found, kind[1][found.length] || kind[1][0], parts[found.length]);
  }
  const isSingle = kind[2] && found.every((text) => text === found[0]);
  const isComplete = found.length === kind[1].length || (isSingle && found.length === 1);
  if (!isComplete || found.some((text) => text !== text)) return NaN;
  return isSingle ? found[0] : found.join('_');
}

async function readParameter(texts, asked, isCanonical) {
  const row = asked[0];
  const name = row[0];
  const kind = row[1];
  const value = readValue(kind, asked.slice(1), isCanonical);
  const text = await (kind[0] === 'list' ? readList : readText)(kind, value);
  if (text !== text) await refuseValue(name, value);
  if (String(text) !== row[2]) texts[name] = String(text);
}

const isAccess = (name) => hasWord(table.access, name);

// Returns the encoded key, the canonical texts of all values that are not the default, by name, and
// whether the path is canonical.
async function readRequest(path, pairs, rows) {
  const name = unescapeText(path.replace(/^\//, ''));
  const segment = String(name).split('/').pop();
  await loadRows(rows, pairs);
  const given = collect(rows, pairs);
  const isCanonical =
    /^[^%]+\/([a-z\d-]+=[\w.-]*,)*r=\d+(,[a-z\d-]+=[\w.-]*)*(?!\n)$/.test(name) &&
    Object.keys(given).every(isAccess);
  const key = encodeKey(
    isCanonical ? unescapeText(name.slice(0, -1 - segment.length).split('=').join('%')) : name
  );
  const parts = isCanonical ? splitPairs(segment.replace(/,/g, '&')) : pairs;
  await loadRows(rows, parts);
  const wanted = collect(rows, parts);
  const names = Object.keys(wanted).filter((name) => !isAccess(name)).sort();
  const texts = Object.create(null);
  let at = 0;
  while (at < names.length) {
    await readParameter(texts, wanted[names[at]], isCanonical);
    at++;
  }
  if (given.expires) await readParameter(texts, given.expires);
  return [key, texts, isCanonical];
}

const isAtomMet = (atom, texts) => {
  const parts = atom.split('=');
  const text = texts[parts[0]];
  return (
    text !== undefined &&
    (!parts[1] || text.split('_').some((word) => parts[1].split(',').indexOf(word) >= 0))
  );
};

// Whether at least one atom of a clause is met.
const isClauseMet = (clause, texts) =>
  clause
    .split('|')
    .some((atom) => (atom[0] === '!' ? !isAtomMet(atom.slice(1), texts) : isAtomMet(atom, texts)));

// Drops values without effect (origin_lambda/url/needs.py), until nothing changes any more.
const dropIneffective = (texts, rows) => {
  const names = Object.keys(texts).sort().reverse();
  const dropped = names.filter((name) => {
    const row = rows[name];
    const follows = split(row[4] || '', '=');
    const same = follows[0] && texts[name] === (texts[follows[0]] || follows[1]);
    const idle = same || !row[3].every((clause) => isClauseMet(clause, texts));
    if (idle) delete texts[name];
    return idle;
  });
  if (dropped.length) dropIneffective(texts, rows);
};

const parsePixels = (text) => (text && text.indexOf('.') < 0 ? Number(text) : 0);

const roundUp = (asked, rungs) => rungs.filter((each) => each >= asked)[0] || rungs.slice(-1)[0];

// Only sizes of the URL itself change; those of a preset stay.
const snapToLadder = (texts, own, ladder) => {
  const width = own.w ? parsePixels(texts.w) : 0;
  const height = own.h ? parsePixels(texts.h) : 0;
  const snapped = roundUp(width || height, ladder);
  if (!snapped || !(width || height)) return;
  if (width && height) {
    texts.h = String(Math.min(table.side, Math.floor((height * snapped) / width + 0.5)) || 1);
  }
  texts[width ? 'w' : 'h'] = String(snapped);
};

const applyClientHints = (texts, headers, ladder) => {
  const ratio = readHeader(headers, 'sec-ch-dpr');
  const width = readHeader(headers, 'sec-ch-width');
  if (parsePixels(texts.w) || parsePixels(texts.h)) {
    const dpr = /^[0-9]{1,3}(\.[0-9]{1,9})?$/.test(ratio) ? roundUp(ratio, [1, 1.5, 2, 3]) : 1;
    if (dpr > 1) texts.dpr = String(dpr);
  } else if (!texts.w && !texts.h && /^[0-9]{1,6}$/.test(width) && width > 0) {
    const rungs = ladder.length ? ladder : [Math.ceil(width / 100) * 100];
    texts.w = String(Math.min(roundUp(width, rungs), table.side));
  }
};

const findWeight = (accept, type) => {
  let found = 0;
  accept.split(',').forEach((entry) => {
    const parts = entry.split(';').map((part) => part.trim());
    const given = parts.map((part) => /^q=([01](\.[0-9]{0,3})?)$/.exec(part)).filter((part) => part);
    if (parts[0] === type) found = given.length ? Number(given.pop()[1]) : 1;
  });
  return found;
};

const chooseFormat = (accept) => {
  const avif = findWeight(accept, 'image/avif');
  const webp = findWeight(accept, 'image/webp');
  if (avif + webp === 0) return 'auto-jpg';
  return avif < webp ? 'auto-webp' : 'auto-avif';
};

// Sets what the URL leaves open: the size by client hints, the quality by Save-Data. A request
// without parameters stays as it is. Returns the names of the headers that can matter.
const applyHeaders = (texts, headers, policy) => {
  const vary = [];
  if (hasWord(table.info, texts.fm) || texts.palette) return vary;
  if (!Object.keys(texts).some((name) => !/^(dl|v|rasterize-bypass)$/.test(name))) return vary;
  if (policy.client_hints && !texts.dpr) {
    vary.push('Sec-CH-DPR', 'Sec-CH-Width');
    applyClientHints(texts, headers, policy.size_ladder);
  }
  if (policy.save_data && !texts.q) {
    vary.push('Save-Data');
    if (readHeader(headers, 'save-data') === 'on') texts.q = 'auto-eco';
  }
  return vary;
};

const formatUri = (key, texts) => {
  texts.r = table.recipe;
  const pairs = Object.keys(texts).sort().map((each) => each + '=' + texts[each]);
  return '/' + key + '/' + pairs.join(',');
};

// Refuses parameters that only signed URLs can use.
const refuseClosedParameters = (texts, open) => {
  Object.keys(texts).sort().forEach((name) => {
    if (name === 'expires') return;
    if (open.indexOf(name) < 0) refuse('signed-only', name);
    if ((name === 'w' || name === 'h') && texts[name].indexOf('.') > 0) {
      refuse('no-fraction', name);
    }
  });
};

// Returns the names that are no parameter, as origin_lambda/url/ignored.py does.
const listIgnored = (rows, pairs) =>
  pairs
    .map((pair) => pair[0])
    .filter((name) => name && !rows[stripBase64Suffix(name)] && !hasWord(table.never, name))
    .filter((name) => !/^utm_/.test(name))
    .map((name) => name.replace(/[^\w-]+/g, '?').slice(0, 40))
    .sort()
    .filter((name, at, names) => name !== names[at - 1])
    .slice(0, table.names);

async function admit(request) {
  const path = request.uri;
  const query = readQuery(request);
  if (path.length + query.length + (query ? 1 : 0) > table.longest) {
    refuse('too-long');
  }
  if (query.split('&').length > table.pairs) {
    refuse('too-many');
  }
  const policy = await readPolicy();
  const signed = await verify(path, query, policy.imgix_token);
  if (policy.require_signature && !signed) refuse('unsigned');
  const pairs = decodeNames(query);
  const rows = Object.assign(Object.create(null), common);
  if (policy.open_parameters && !signed) {
    const given = await readRequest(path, pairs, rows);
    refuseClosedParameters(given[1], policy.open_parameters);
  }
  const preset = await readPreset(pairs);
  const asked = await readRequest(path, preset.concat(pairs), rows);
  const texts = asked[1];
  const expires = texts.expires;
  if (expires < Date.now() / 1000) refuse('expired');
  delete texts.expires;
  const ignored = listIgnored(rows, pairs);
  if (policy.strict_parameters && ignored[0]) refuse('no-parameter', ignored[0]);
  dropIneffective(texts, rows);
  const vary = asked[2] ? [] : applyHeaders(texts, request.headers, policy);
  if (/^f/.test(texts.auto)) {
    if (!texts.fm) texts.fm = chooseFormat(readHeader(request.headers, 'accept'));
    texts.auto = texts.auto.slice(7);
  }
  if (!texts.auto) delete texts.auto;
  const own = preset.length ? collect(rows, pairs) : texts;
  if (!signed) snapToLadder(texts, own, policy.size_ladder);
  if (/^auto-/.test(texts.fm)) vary.unshift('Accept');
  dropIneffective(texts, rows);
  // For viewer_response.js. It overwrites a header of this name that a viewer sent.
  const printable = query.replace(/[^!-~]+/g, encodeURIComponent);
  const left = [expires, vary.join(', '), ignored.join(', '), printable].join(';');
  request.headers['x-calotype'] = { value: left };
  return formatUri(asked[0], texts);
}

async function handler(event) {
  const request = event.request;
  try {
    request.uri = await admit(request);
    request.querystring = {};
    return request;
  } catch (error) {
    const text = await lookUp('refusal', error[0]);
    if (text !== text) return table.unavailable;
    return JSON.parse(text.replace(/PARAM/g, error[1]).replace('MESSAGE', error[2]));
  }
}
