import { listed } from "../issues";
import { servedNames } from "../served-names";
import type { CommonCheck } from "./places";

/** Domains that belong to nobody, so that nobody signs for them (RFC 6761, 6762, 8375, and ICANN's `internal`). */
const NOBODYS = ["home.arpa", "internal", "local", "lan", "home", "localhost", "test", "example", "invalid"];

/** The house answers only for its own domain: certificates and DNS are made for nothing else. */
export const hostsInDomain: CommonCheck = (config) => {
    const { house } = config;
    if (house === undefined) return [];
    return servedNames(config)
        .filter(({ host }) => !isOneBelow(host, house.domain))
        .map(({ path, host }) => {
            const below = host.endsWith(`.${house.domain}`);
            return {
                path,
                wrong: `${host} is ${below ? "more than one label" : "not"} below house.domain ${house.domain}`,
                rule: below
                    ? `the house's certificate is valid for *.${house.domain}, which is one label`
                    : "the house answers for its own domain only",
                write: `write ${host.split(".")[0] ?? ""}.${house.domain}`,
            };
        });
};

function isOneBelow(host: string, domain: string): boolean {
    return host.endsWith(`.${domain}`) && !host.slice(0, -domain.length - 1).includes(".");
}

/** Two programs at one name: chance decides which of them is reached. */
export const hostsDiffer: CommonCheck = (config) => {
    const [jellyfin, login] = servedNames(config);
    return jellyfin === undefined || login === undefined || jellyfin.host !== login.host
        ? []
        : [
              {
                  path: login.path,
                  wrong: `${login.host} is that of ${jellyfin.path} too`,
                  rule: "a name leads to one program",
                  write: "write another, such as login.<house.domain>",
              },
          ];
};

/** The servers that pods ask by name, and where each is written. */
function askedServers({ ingress, objectStorage, aws }: Parameters<CommonCheck>[0]): { path: string; url: string }[] {
    return [
        { path: "ingress.login.issuer", url: ingress?.login?.issuer },
        { path: "objectStorage.endpoint", url: objectStorage?.kind === "s3" ? objectStorage.endpoint : undefined },
        { path: "aws.endpoint", url: aws?.endpoint },
    ].flatMap(({ path, url }) => (url === undefined ? [] : [{ path, url }]));
}

/** A server at a name that the house serves: the cluster's DNS answers with the ingress, which knows nothing of it. */
export const askedServersAreElsewhere: CommonCheck = (config) => {
    const served = servedNames(config);
    return askedServers(config).flatMap(({ path, url }) => {
        const own = served.find(({ host }) => host === new URL(url).hostname);
        return own === undefined
            ? []
            : [
                  {
                      path,
                      wrong: `${url} is at ${own.host}, which is ${own.path}`,
                      rule: "a name that the house serves leads to its own ingress",
                      write: `write the server's own name, or another one at ${own.path}`,
                  },
              ];
    });
};

/** Let's Encrypt signs for who proves to have a domain; its proof is made at Route 53, with a key that the program makes. */
export const acmeCanProve: CommonCheck = ({ house, ingress, aws }) => {
    if (ingress?.acme === undefined) return [];
    const domain = house?.domain;
    const nobodys = NOBODYS.find((end) => domain?.endsWith(`.${end}`));
    if (domain !== undefined && nobodys !== undefined) {
        return [
            {
                path: "ingress.acme",
                wrong: `nobody can prove to have ${domain}, which is below ${nobodys}`,
                rule: "Let's Encrypt signs for domains that somebody owns",
                write: "write a domain of yours at house.domain, or leave ingress.acme out",
            },
        ];
    }
    return aws?.zone === undefined
        ? [
              {
                  path: "ingress.acme",
                  wrong: "has no zone at Route 53 to prove the domain in",
                  rule: "Let's Encrypt asks for a record in the domain's own DNS",
                  write: "describe the zone at aws.zone, or leave ingress.acme out",
              },
          ]
        : [];
};

/** What the internet reaches asks for a login, and shows a certificate that strangers' devices trust. */
export const publicIsSafe: CommonCheck = ({ jellyfin, ingress }) => {
    if (jellyfin?.exposure !== "public") return [];
    const missing = [
        ...(ingress?.login === undefined ? ["ingress.login"] : []),
        ...(ingress?.acme === undefined ? ["ingress.acme"] : []),
    ];
    return missing.length === 0
        ? []
        : [
              {
                  path: "jellyfin.exposure",
                  wrong: `public needs ${listed(missing)}`,
                  rule: "from the internet nobody is let in without a login, nor under a certificate that has to be clicked away",
                  write: `write ${listed(missing)}, or internal`,
              },
          ];
};
