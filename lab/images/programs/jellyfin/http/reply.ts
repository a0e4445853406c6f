/** What goes back; a file is streamed. */
export interface Reply {
    readonly status: number;
    readonly type?: string;
    readonly body?: string | { readonly file: string };
    readonly headers?: Readonly<Record<string, string>>;
}

/** 200 with an object in the server's words. */
export function json(value: unknown): Reply {
    return { status: 200, type: "application/json; charset=utf-8", body: JSON.stringify(value) };
}

export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
    return { status, type: "text/plain", body, headers };
}

/** A status alone. */
export function status(code: 204 | 400 | 401 | 403 | 404): Reply {
    return { status: code };
}
