/**
 * An answer that is not a success. Proxmox VE puts the message into the reason phrase of the status line
 * and, for a wrong parameter, one text a parameter into `errors`.
 */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        message: string,
        readonly errors?: Readonly<Record<string, string>>,
    ) {
        super(message);
        this.name = "ApiError";
    }
}

/** 400 with a text for each wrong parameter. */
export function parameterError(errors: Readonly<Record<string, string>>): ApiError {
    return new ApiError(400, "Parameter verification failed.", errors);
}

/** 403; `what` is `path, privilege`. */
export function permissionError(what?: string): ApiError {
    return new ApiError(403, what ? `Permission check failed (${what})` : "Permission check failed");
}

/** 500, which Proxmox VE also answers where something does not exist. */
export function failure(message: string): ApiError {
    return new ApiError(500, message);
}
