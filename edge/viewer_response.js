// Adds the headers that neither S3's metadata nor a static response headers policy can hold.
// CloudFront runs it after that policy, on every answer below 400, and shows it the request as
// viewer_request.js left it (developer guide, "Lambda@Edge event structure": `request`).
const NEGOTIATED = /[/,]fm=auto-[^/]*$/;
const SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

function handler(event) {
  const response = event.response;
  const headers = response.headers;
  const type = headers['content-type'];
  const brief = headers['x-amz-meta-brief'];

  // CloudFront takes the origin's own `Vary: Accept` away, for `Accept` is not in the cache key.
  if (NEGOTIATED.test(event.request.uri)) {
    headers.vary = { value: 'Accept' };
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
