"""CDK constructs, one for each part of the stack; `image_cdn` puts them together."""
