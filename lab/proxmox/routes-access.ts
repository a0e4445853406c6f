import { randomUUID } from "node:crypto";
import { failure, parameterError, permissionError } from "./api-error";
import type { Route } from "./api-server";
import { passwordHash, tokenHash, type Access } from "./access";
import type { ClusterFile, UserRecord } from "./cluster-state";
import { schema, splitList } from "./parameters";
import { ALL_PRIVILEGES, BUILT_IN_ROLES } from "./privileges";
import type { Property } from "./property";

const TEXT: Property = { type: "string", optional: true };
const BOOLEAN: Property = { type: "boolean", optional: true };
const COUNT: Property = { type: "integer", optional: true, minimum: 0 };
const TOKEN_FIELDS = { comment: TEXT, expire: COUNT, privsep: BOOLEAN };
const MANAGE_USERS = [{ path: "/access/groups", all: ["User.Modify"] }] as const;
const MANAGE_ROLES = [{ path: "/access", all: ["Sys.Modify"] }] as const;

/** Paths that an answer about all permissions always has. */
const TOP_PATHS = ["/", "/access", "/mapping", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

/** Logging in, users, tokens, roles and rights. */
export function accessRoutes(file: ClusterFile): Route[] {
    return [...sessionRoutes(file), ...userRoutes(file), ...tokenRoutes(file), ...roleRoutes(file), ...aclRoutes(file)];
}

function sessionRoutes({ state }: ClusterFile): Route[] {
    return [
        {
            method: "POST",
            path: "/access/ticket",
            permission: "world",
            parameters: schema({
                username: { type: "string" },
                password: { type: "string" },
                realm: TEXT,
                "new-format": BOOLEAN,
                "tfa-challenge": TEXT,
                otp: TEXT,
            }),
            handle({ parameters, access }) {
                const realm = parameters.optional("realm");
                const username = parameters.text("username") + (realm ? `@${realm}` : "");
                const { ticket, csrf } = access.logIn(username, parameters.text("password"));
                return { username, ticket, CSRFPreventionToken: csrf, clustername: "lab" };
            },
        },
        {
            method: "GET",
            path: "/access/domains",
            permission: "world",
            handle: () => [
                { realm: "pam", type: "pam" },
                { realm: "pve", type: "pve" },
            ],
        },
        {
            method: "GET",
            path: "/access/permissions",
            permission: "any",
            parameters: schema({ path: TEXT, userid: TEXT }),
            handle({ parameters, access, user }) {
                const id = parameters.optional("userid") ?? user;
                if (id !== user && id.split("!")[0] !== user) access.check(user, "/access", "Sys.Audit");
                const path = parameters.optional("path");
                const paths =
                    path === undefined ? [...new Set([...TOP_PATHS, ...state.acl.map((entry) => entry.path)])] : [path];
                return Object.fromEntries(
                    paths.flatMap((one) => {
                        const held = [...access.privileges(id, one)].map(([name, below]) => [name, Number(below)]);
                        return held.length > 0 ? [[one, Object.fromEntries(held)]] : [];
                    }),
                );
            },
        },
    ];
}

function userRoutes(file: ClusterFile): Route[] {
    const { users } = file.state;
    const shown = ({ enabled, expire, comment }: UserRecord) => ({
        enable: Number(enabled),
        expire,
        ...defined({ comment }),
    });
    const managed = (access: Access, user: string) => access.may(user, "/access/groups", "User.Modify");
    return [
        {
            method: "GET",
            path: "/access/users",
            permission: "any",
            parameters: schema({ enabled: BOOLEAN, full: BOOLEAN }),
            handle: ({ access, user }) =>
                Object.entries(users)
                    .filter(([userid]) => userid === user.split("!")[0] || managed(access, user))
                    .map(([userid, record]) => ({ userid, ...shown(record) })),
        },
        {
            method: "POST",
            path: "/access/users",
            permission: MANAGE_USERS,
            parameters: schema({
                userid: { type: "string", pattern: /[^\s:/@!]+@(pam|pve)/ },
                password: { ...TEXT, maxLength: 64 },
                comment: TEXT,
                enable: BOOLEAN,
                expire: COUNT,
            }),
            handle({ parameters }) {
                const [userid, password] = [parameters.text("userid"), parameters.optional("password")];
                if (users[userid]) throw failure(`create user failed: user '${userid}' already exists`);
                users[userid] = {
                    enabled: parameters.optional("enable") !== "0",
                    expire: Number(parameters.optional("expire") ?? 0),
                    tokens: {},
                    ...defined({ comment: parameters.optional("comment") }),
                    ...(password === undefined ? {} : { passwordHash: passwordHash(password) }),
                };
                file.save();
            },
        },
        {
            method: "GET",
            path: "/access/users/{userid}",
            permission: "any",
            handle({ parameters, access, user }) {
                const id = parameters.text("userid");
                if (id !== user) access.check(user, "/access/groups", "User.Modify");
                return shown(existing(file, id));
            },
        },
        {
            method: "DELETE",
            path: "/access/users/{userid}",
            permission: MANAGE_USERS,
            handle({ parameters }) {
                const id = parameters.text("userid");
                existing(file, id);
                delete users[id];
                file.state.acl = file.state.acl.filter((entry) => entry.id.split("!")[0] !== id);
                file.save();
            },
        },
    ];
}

function tokenRoutes(file: ClusterFile): Route[] {
    const own = (access: Access, user: string, id: string) => {
        if (user !== id) access.check(user, "/access/groups", "User.Modify");
        return existing(file, id).tokens;
    };
    const shown = (token: UserRecord["tokens"][string]) => ({
        ...defined({ comment: token.comment }),
        expire: token.expire,
        privsep: Number(token.privsep),
    });
    const path = "/access/users/{userid}/token/{tokenid}";
    return [
        {
            method: "GET",
            path: "/access/users/{userid}/token",
            permission: "any",
            handle: ({ parameters, access, user }) =>
                Object.entries(own(access, user, parameters.text("userid"))).map(([tokenid, token]) => ({
                    tokenid,
                    ...shown(token),
                })),
        },
        {
            method: "GET",
            path,
            permission: "any",
            handle({ parameters, access, user }) {
                const token = own(access, user, parameters.text("userid"))[parameters.text("tokenid")];
                if (!token)
                    throw failure(
                        `no such token '${parameters.text("tokenid")}' for user '${parameters.text("userid")}'`,
                    );
                return shown(token);
            },
        },
        {
            method: "POST",
            path,
            permission: "any",
            parameters: schema(TOKEN_FIELDS),
            handle({ parameters, access, user }) {
                const [userid, tokenid] = [parameters.text("userid"), parameters.text("tokenid")];
                const tokens = own(access, user, userid);
                if (tokens[tokenid]) throw parameterError({ tokenid: "Token already exists." });
                const value = randomUUID();
                const token = {
                    ...defined({ comment: parameters.optional("comment") }),
                    expire: Number(parameters.optional("expire") ?? 0),
                    privsep: parameters.optional("privsep") !== "0",
                    secretHash: tokenHash(value),
                };
                tokens[tokenid] = token;
                file.save();
                return { "full-tokenid": `${userid}!${tokenid}`, info: shown(token), value };
            },
        },
        {
            method: "DELETE",
            path,
            permission: "any",
            handle({ parameters, access, user }) {
                const [userid, tokenid] = [parameters.text("userid"), parameters.text("tokenid")];
                const tokens = own(access, user, userid);
                if (!tokens[tokenid]) throw failure(`no such token '${tokenid}' for user '${userid}'`);
                delete tokens[tokenid];
                file.state.acl = file.state.acl.filter((entry) => entry.id !== `${userid}!${tokenid}`);
                file.save();
            },
        },
    ];
}

function roleRoutes(file: ClusterFile): Route[] {
    const { roles } = file.state;
    const checked = (text: string | undefined): string[] => {
        const privileges = splitList(text ?? "");
        const unknown = privileges.find((name) => !ALL_PRIVILEGES.includes(name));
        if (unknown) throw parameterError({ privs: `invalid format - invalid privilege '${unknown}'\n` });
        return privileges;
    };
    return [
        {
            method: "GET",
            path: "/access/roles",
            permission: "any",
            handle: () =>
                Object.entries({ ...BUILT_IN_ROLES, ...roles }).map(([roleid, privileges]) => ({
                    roleid,
                    privs: privileges.join(","),
                    special: Number(Object.hasOwn(BUILT_IN_ROLES, roleid)),
                })),
        },
        {
            method: "POST",
            path: "/access/roles",
            permission: MANAGE_ROLES,
            parameters: schema({ roleid: { type: "string", pattern: /[\w.-]+/ }, privs: TEXT }),
            handle({ parameters }) {
                const id = parameters.text("roleid");
                if (BUILT_IN_ROLES[id] ?? roles[id]) throw failure(`role '${id}' already exists`);
                roles[id] = checked(parameters.optional("privs"));
                file.save();
            },
        },
        {
            method: "PUT",
            path: "/access/roles/{roleid}",
            permission: MANAGE_ROLES,
            parameters: schema({ privs: TEXT, append: BOOLEAN }),
            handle({ parameters }) {
                const id = parameters.text("roleid");
                const before = roles[id];
                if (!before) throw failure(`role '${id}' does not exist`);
                const named = checked(parameters.optional("privs"));
                roles[id] = parameters.boolean("append") ? [...new Set([...before, ...named])] : named;
                file.save();
            },
        },
        {
            method: "GET",
            path: "/access/roles/{roleid}",
            permission: "any",
            handle({ parameters, access }) {
                const privileges = access.rolePrivileges(parameters.text("roleid"));
                if (!privileges) throw failure(`role '${parameters.text("roleid")}' does not exist`);
                return Object.fromEntries(privileges.map((name) => [name, 1]));
            },
        },
    ];
}

function aclRoutes(file: ClusterFile): Route[] {
    return [
        {
            method: "GET",
            path: "/access/acl",
            permission: "any",
            handle: ({ access, user }) =>
                file.state.acl.flatMap(({ path, type, id, role, propagate }) =>
                    access.may(user, path, "Permissions.Modify")
                        ? [{ path, type, ugid: id, roleid: role, propagate: Number(propagate) }]
                        : [],
                ),
        },
        {
            method: "PUT",
            path: "/access/acl",
            permission: "any",
            parameters: schema({
                path: { type: "string", pattern: /\/[\w./-]*/ },
                roles: { type: "string" },
                users: TEXT,
                tokens: TEXT,
                groups: TEXT,
                delete: BOOLEAN,
                propagate: BOOLEAN,
            }),
            handle({ parameters, access, user }) {
                const path = parameters.text("path").replace(/(.)\/+$/, "$1");
                if (!access.may(user, path, "Permissions.Modify")) throw permissionError(`${path}, Permissions.Modify`);
                const owners = [
                    ...parameters.list("users").map((id) => ({ type: "user" as const, id })),
                    ...parameters.list("tokens").map((id) => ({ type: "token" as const, id })),
                ];
                for (const role of parameters.list("roles")) {
                    if (!access.rolePrivileges(role)) throw failure(`role '${role}' does not exist`);
                    for (const { type, id } of owners) {
                        existing(file, id.split("!")[0] ?? "");
                        file.state.acl = file.state.acl.filter(
                            (entry) => entry.path !== path || entry.id !== id || entry.role !== role,
                        );
                        if (parameters.boolean("delete")) continue;
                        file.state.acl.push({
                            path,
                            type,
                            id,
                            role,
                            propagate: parameters.optional("propagate") !== "0",
                        });
                    }
                }
                file.save();
            },
        },
    ];
}

/** The fields that have a value. */
function defined(fields: { readonly comment: string | undefined }): { comment?: string } {
    return fields.comment === undefined ? {} : { comment: fields.comment };
}

function existing(file: ClusterFile, userid: string): UserRecord {
    const record = file.state.users[userid];
    if (!record) throw failure(`user '${userid}' does not exist`);
    return record;
}
