import type { MediaServer } from "./message";

/** Announcements count for so long; they are renewed four times in it. */
const MAX_AGE_SECONDS = 120;

/**
 * The plugin lets in only who is at home. A process of a node may not be: on its way to the ingress kube-proxy gives it an
 * address of the pods' network. Where there is no plugin, nothing refuses it: that is a 404.
 */
const REFUSALS = [401, 403];

/**
 * Asks Jellyfin who it is, and whether its DLNA plugin answers: what is announced must be there.
 * @param url address of Jellyfin as televisions reach it, without a slash at its end
 * @throws Error that says what does not answer
 */
export async function look(url: string): Promise<MediaServer> {
    const signal = AbortSignal.timeout(5000);
    const about: unknown = await (await ok(`${url}/System/Info/Public`, signal)).json();
    const id = typeof about === "object" && about !== null && "Id" in about ? about.Id : undefined;
    const parts = typeof id === "string" ? /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(id.replaceAll("-", "")) : null;
    if (parts === null) throw new Error(`${url}/System/Info/Public: tells no id`);
    const uuid = parts.slice(1).join("-").toLowerCase();
    const location = `${url}/dlna/${uuid}/description.xml`;
    await ok(location, signal, REFUSALS);
    return { udn: `uuid:${uuid}`, location, maxAgeSeconds: MAX_AGE_SECONDS };
}

async function ok(url: string, signal: AbortSignal, alsoFine: readonly number[] = []): Promise<Response> {
    const response = await fetch(url, { signal });
    if (!response.ok && !alsoFine.includes(response.status))
        throw new Error(`${url}: ${response.status}; is the DLNA plugin installed and switched on?`);
    return response;
}
