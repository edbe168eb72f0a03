'use strict';

// How an image says which revision it is. Copy it beside the program that uses it.

/** The digest of an image, else its tag: `v41` of `registry.example:5000/checkout:v41`; undefined where it has neither. */
const tagOf = (image) => /@(.+)$/.exec(image)?.[1] ?? /:([^/:]+)$/.exec(image)?.[1];

module.exports = { tagOf };
