import { createHash, createHmac, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { ApiError, permissionError } from "./api-error";
import type { ClusterFile } from "./cluster-state";
import { ALL_PRIVILEGES, BUILT_IN_ROLES } from "./privileges";

const TICKET_LIFETIME_SECONDS = 7200;

/** Who asks: `user@realm`, or `user@realm!token`. */
export interface Identity {
    readonly id: string;
    readonly byToken: boolean;
}

/** Users, tokens, tickets and what each may do. */
export class Access {
    constructor(private readonly file: ClusterFile) {
        if (file.state.ticketKey === "") {
            file.state.ticketKey = randomBytes(32).toString("hex");
            file.save();
        }
    }

    /** Ticket and CSRF token for a right password. @throws ApiError 401 for a wrong one. */
    logIn(user: string, password: string): { ticket: string; csrf: string } {
        const record = this.usable(user);
        // A ticket is taken in the place of the password, as browsers renew theirs.
        const renewed = password.startsWith("PVE:") && this.userOfTicket(password) === user;
        if (!record || !(renewed || (record.passwordHash && matches(record.passwordHash, password))))
            throw new ApiError(401, "authentication failure");
        const plain = `PVE:${user}:${hexTime()}`;
        return { ticket: `${plain}::${this.sign(plain)}`, csrf: this.csrfToken(user, hexTime()) };
    }

    /** The user of a valid ticket. */
    userOfTicket(ticket: string): string | undefined {
        const [, plain, user, time, signature] = /^(PVE:([^:]+):([0-9A-F]{8}))::(.+)$/.exec(ticket) ?? [];
        if (!plain || !user || !time || !signature || !same(signature, this.sign(plain))) return undefined;
        const age = Date.now() / 1000 - parseInt(time, 16);
        return age < TICKET_LIFETIME_SECONDS && this.usable(user) ? user : undefined;
    }

    csrfMatches(user: string, token: string | undefined): boolean {
        const time = token?.slice(0, 8);
        return token !== undefined && time !== undefined && same(token, this.csrfToken(user, time));
    }

    /** The token's full id for `user@realm!name=secret`. */
    tokenOf(credential: string): string | undefined {
        const [, user, name, secret] = /^([^!=]+)!([^=]+)=(.+)$/.exec(credential) ?? [];
        const token = user && name ? this.usable(user)?.tokens[name] : undefined;
        if (!token || !secret || (token.expire > 0 && token.expire < Date.now() / 1000)) return undefined;
        return same(token.secretHash, tokenHash(secret)) ? `${user}!${name}` : undefined;
    }

    /** Privileges at a path, each with whether it reaches the paths below. */
    privileges(id: string, path: string): ReadonlyMap<string, boolean> {
        if (id === "root@pam") return new Map(ALL_PRIVILEGES.map((name) => [name, true]));
        const [user, tokenName] = id.split("!");
        if (user === undefined || tokenName === undefined) return this.fromAcl(id, path);
        const ofUser = this.privileges(user, path);
        if (!this.file.state.users[user]?.tokens[tokenName]?.privsep) return ofUser;
        return new Map([...this.fromAcl(id, path)].filter(([name]) => ofUser.has(name)));
    }

    may(id: string, path: string, ...privileges: string[]): boolean {
        const held = this.privileges(id, path);
        return privileges.every((name) => held.has(name));
    }

    /** @throws ApiError 403 with the first privilege that is missing. */
    check(id: string, path: string, ...privileges: string[]): void {
        const held = this.privileges(id, path);
        const missing = privileges.find((name) => !held.has(name));
        if (missing) throw permissionError(`${path}, ${missing}`);
    }

    /** @throws ApiError 403 when none of them is held. */
    checkAny(id: string, path: string, ...privileges: string[]): void {
        const held = this.privileges(id, path);
        if (!privileges.some((name) => held.has(name))) throw permissionError(`${path}, ${privileges.join("|")}`);
    }

    rolePrivileges(role: string): readonly string[] | undefined {
        return BUILT_IN_ROLES[role] ?? this.file.state.roles[role];
    }

    /** Rights nearest to the path win over those of the paths above it. */
    private fromAcl(id: string, path: string): ReadonlyMap<string, boolean> {
        const parts = path.split("/").filter((part) => part !== "");
        let current = new Map<string, boolean>();
        for (let depth = 0; depth <= parts.length; depth += 1) {
            const here = `/${parts.slice(0, depth).join("/")}`;
            const entries = this.file.state.acl.filter(
                (entry) => entry.id === id && entry.path === here && (entry.propagate || depth === parts.length),
            );
            if (entries.length === 0) continue;
            current = new Map();
            if (entries.some((entry) => entry.role === "NoAccess")) continue;
            for (const entry of entries)
                for (const name of this.rolePrivileges(entry.role) ?? [])
                    current.set(name, entry.propagate || current.get(name) === true);
        }
        return current;
    }

    private usable(user: string) {
        const record = this.file.state.users[user];
        return record?.enabled && (record.expire === 0 || record.expire > Date.now() / 1000) ? record : undefined;
    }

    private csrfToken(user: string, time: string): string {
        return `${time}:${this.sign(`csrf:${time}:${user}`)}`;
    }

    private sign(text: string): string {
        return createHmac("sha256", this.file.state.ticketKey).update(text).digest("base64");
    }
}

export function passwordHash(password: string): string {
    const salt = randomBytes(16).toString("hex");
    return `${salt}:${scryptSync(password, salt, 32).toString("hex")}`;
}

export function tokenHash(secret: string): string {
    return createHash("sha256").update(secret).digest("hex");
}

function matches(hash: string, password: string): boolean {
    const [salt = "", digest = ""] = hash.split(":");
    return same(digest, scryptSync(password, salt, 32).toString("hex"));
}

function same(a: string, b: string): boolean {
    const [left, right] = [Buffer.from(a), Buffer.from(b)];
    return left.length === right.length && timingSafeEqual(left, right);
}

function hexTime(): string {
    return Math.floor(Date.now() / 1000)
        .toString(16)
        .toUpperCase()
        .padStart(8, "0");
}
