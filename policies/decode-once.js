const decoder = require("@pulumi/policy/deserialize");

const decode = decoder.deserializeProperties;
const decoded = new WeakMap();

/**
 * Makes the SDK decode each resource once instead of once for every rule, which is most of what a preview would wait for.
 * Its decoder is asked about the same message each time, and no rule changes what it is given; secrets kept as such are
 * for remediations, which are not served (unused-parts.js). Plain JavaScript, because the SDK's own module object has to
 * be changed, of which TypeScript's imports are copies.
 */
decoder.deserializeProperties = (message, proxySecrets) => {
    const kept = decoded.get(message) ?? decode(message, proxySecrets);
    decoded.set(message, kept);
    return kept;
};
