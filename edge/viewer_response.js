// Adds the headers that neither S3's metadata nor a static response headers policy can hold.
// CloudFront runs it after that policy, on every answer below 400, and shows it the request as
// viewer_request.js left it (developer guide, "Lambda@Edge event structure": `request`), with the
// header `x-calotype: EXPIRES;VARY;QUERY`.
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

function handler(event) {
  const response = event.response;
  const headers = response.headers;
  const type = headers['content-type'];
  const location = headers.location;
  const brief = headers['x-amz-meta-brief'];
  const left = (event.request.headers['x-calotype'] || { value: ';;' }).value.split(';');
  const age = /max-age=([0-9]+)/.exec((headers['cache-control'] || { value: '' }).value);

  // CloudFront takes the origin's own `Vary` away, for these headers are not in the cache key.
  if (left[1]) {
    headers.vary = { value: left[1] };
  }
  // The answer may be used no longer than its URL. The cached object has no such bound: the same
  // derivative is asked for by many URLs.
  if (left[0] && age) {
    const seconds = Math.max(0, Math.floor(Number(left[0]) - Date.now() / 1000));
    headers['cache-control'] = { value: 'public, max-age=' + Math.min(Number(age[1]), seconds) };
  }
  // The bucket has the derivative by now, so the viewer sends the same URL once more. A reference
  // that begins with `?` keeps the path (RFC 3986, 5.2.2), whatever the path is.
  if (location && location.value[0] === '/') {
    location.value = '?' + left.slice(2).join(';');
  }
  if (type && type.value.startsWith('image/svg+xml')) {
    headers['content-security-policy'] = { value: SVG_POLICY };
  }
  if (brief) {
    headers['x-calotype'] = { value: 'stored; ' + brief.value };
  }
  Object.keys(headers).forEach(function (name) {
    if (name.startsWith('x-amz-')) {
      delete headers[name];
    }
  });
  return response;
}
