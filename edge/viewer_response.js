// Adds the headers that neither S3's metadata nor a static response headers policy can hold.
// CloudFront runs this after that policy, on every answer below 400. The event has the request that
// viewer_request.js returned (developer guide, "Lambda@Edge event structure": `request`), with
// the header `x-calotype: EXPIRES;VARY;IGNORED;QUERY`.
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

function handler(event) {
  const response = event.response;
  const headers = response.headers;
  const type = headers['content-type'];
  const location = headers.location;
  const brief = headers['x-amz-meta-brief'];
  const left = (event.request.headers['x-calotype'] || { value: ';;;' }).value.split(';');
  const age = /max-age=([0-9]+)/.exec((headers['cache-control'] || { value: '' }).value);

  // CloudFront removes the origin's `Vary`, because these headers are not in the cache key.
  if (left[1]) {
    headers.vary = { value: left[1] };
  }
  if (left[2]) {
    headers['x-calotype-ignored'] = { value: left[2] };
  }
  // Browsers must not cache the answer longer than its URL is valid. The cached object has no such
  // limit, because many URLs share one derivative.
  if (left[0] && age) {
    const seconds = Math.max(0, Math.floor(Number(left[0]) - Date.now() / 1000));
    headers['cache-control'] = { value: 'public, max-age=' + Math.min(Number(age[1]), seconds) };
  }
  // The bucket now has the derivative, so the viewer requests the same URL again. A reference that
  // begins with `?` keeps the path (RFC 3986, 5.2.2).
  if (location && location.value[0] === '/') {
    location.value = '?' + left.slice(3).join(';');
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
