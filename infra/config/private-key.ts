/** A private key of OpenSSH, OpenSSL or PuTTY, or the first line of its data. */
const form = /PRIVATE KEY|PuTTY-User-Key-File|^b3BlbnNzaC1rZXktdjEA/;

/** Whether text is a private key, which no message may show. */
export function isPrivateKey(text: string): boolean {
    return form.test(text);
}
