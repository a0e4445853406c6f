/** Last words of a key whose value is a secret, whoever wrote it. */
const SECRET_WORDS = [
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "tokens",
    "credential",
    "credentials",
    "kubeconfig",
    "cookie",
    "jwt",
];
/** The same for two words and more; `key` alone names an entry, not a secret. */
const SECRET_ENDINGS = [
    "api key",
    "apikey",
    "private key",
    "private key pem",
    "secret key",
    "secret access key",
    "access token",
    "session key",
    "encryption key",
    "signing key",
    "client key data",
    "ssh key",
];

/** Whether a key's name says that its value is secret; `secretName`, `tokenPath` and the like only point to one. */
export function isSecretKey(key: string): boolean {
    const words = key
        .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((word) => word !== "");
    const last = words.at(-1) ?? "";
    const name = words.join(" ");
    return (
        // PGPASSWORD, dbpassword: written as one word.
        SECRET_WORDS.includes(last) ||
        /(password|passphrase|passwd)$/.test(last) ||
        SECRET_ENDINGS.some((ending) => name === ending || name.endsWith(` ${ending}`))
    );
}

/** A secret that is recognised by its form: what to look for, and which part of it goes. */
interface SecretForm {
    readonly form: RegExp;
    /** The text that takes its place; `$1` is what may stay. */
    readonly instead: string;
}

const secretForms: readonly SecretForm[] = [
    { form: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, instead: "[secret]" },
    // A password may hold anything, `@` and `/` included, up to the last `@` of the address. Bounded, for speed.
    {
        form: /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/"'<>]{0,128}:)[^\s"'<>]{1,2048}@/gi,
        instead: "$1[secret]@",
    },
    { form: /\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}=*/gi, instead: "$1 [secret]" },
    { form: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, instead: "[secret]" },
    { form: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, instead: "[secret]" },
    { form: /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[abps]-[\w-]{10,})/g, instead: "[secret]" },
    // Of k3s: K10<hash of the CA>::<user>:<password>.
    { form: /\bK10[0-9a-f]{64}::[\w-]+:\S+/g, instead: "[secret]" },
    // Of Proxmox: <user>@<realm>!<name>=<uuid>.
    {
        form: /(?<![^\s@!="'])([^\s@!="']+@[^\s@!="']+![^\s@!="']+=)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi,
        instead: "$1[secret]",
    },
];

/** `name: value`, `NAME=value`, `"name": "value"` within a text such as a configuration file or a command line. */
const assignment =
    /(?<![A-Za-z0-9_.-])((["']?)([A-Za-z0-9_.-]+)\2[ \t]*(?::[ \t]+|=|:(?=["']))[ \t]*)("(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|[^\s"',;&)\]}]+)/g;
/** Refers to a secret, or is masked already. */
const harmless = /^["']?(\[secret\]|\[known after|\$[({]|<|null$|true$|false$|\d+$|$)/;

/** A text without what has the form of a secret. */
export function withoutSecretForms(text: string): string {
    let result = text;
    for (const { form, instead } of secretForms) result = result.replace(form, instead);
    return result.replace(assignment, (whole, before: string, _quote: string, key: string, value: string) => {
        if (!isSecretKey(key) || harmless.test(value)) return whole;
        const quote = /^["']/.exec(value)?.[0] ?? "";
        return `${before}${quote}[secret]${quote}`;
    });
}

/** Whether a decoded text holds something that is secret for certain, so that its encoded form must go too. */
export function holdsSecretForm(text: string): boolean {
    return secretForms.some(({ form }) => {
        form.lastIndex = 0;
        return form.test(text);
    });
}
