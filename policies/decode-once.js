const decoder = require("@pulumi/policy/deserialize");

const decode = decoder.deserializeProperties;
const decoded = new WeakMap();

/**
 * Makes the SDK decode each resource once instead of once for every rule, which is most of what a preview would wait for.
 * Its decoder is asked about the same message each time, and no rule changes what it is given. Plain JavaScript, because
 * the SDK's own module object has to be changed, of which TypeScript's imports are copies.
 */
decoder.deserializeProperties = (message, proxySecrets) => {
    const kept = decoded.get(message) ?? new Map();
    decoded.set(message, kept);
    if (!kept.has(proxySecrets)) kept.set(proxySecrets, decode(message, proxySecrets));
    return kept.get(proxySecrets);
};
