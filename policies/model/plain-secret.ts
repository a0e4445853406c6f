import type { Field } from "./field";

// Ends of names, so that PASSWORD_FILE, TOKEN_LIFETIME and SECRET_NAME are none.
const secretName =
    /(?:passw(?:or)?d|passphrase|(?:^|[._-])(?:secret|token|credentials?)|(?:api|private|access|secret)[._-]?key)$/i;
/** What says where a secret is, or whether there is one, instead of being it. */
const harmless = /^(?:|true|false|yes|no|none|\/[\w./-]+|(?:\$\([\w.-]+\)|\$\{[\w.-]+\})+)$/i;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const passwordInAddress = /[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?!\$[({])[^\s/@]+@/i;
const assignment = /^\s*["']?([\w.-]+)["']?\s*[:=]\s*(["']?)([\w+/=-]{6,})\2,?\s*$/gm;

/**
 * What makes a text look like a secret in the open, in words that do not show it.
 * @param name of the variable or key that holds it
 * @returns undefined where nothing does. Throws `NotKnown`.
 */
export function plainSecret(name: string, field: Field): string | undefined {
    const text = field.text();
    if (text === undefined) return undefined;
    if (field.marked()) return "is a secret of the program";
    if (secretName.test(name) && !harmless.test(text)) return "is named as a secret";
    if (privateKey.test(text)) return "holds a private key";
    if (passwordInAddress.test(text)) return "holds an address with a password in it";
    for (const [, key = "", , value = ""] of text.matchAll(assignment)) {
        if (secretName.test(key) && !harmless.test(value)) return `sets ${key}`;
    }
    return undefined;
}
