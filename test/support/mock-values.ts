/** A real certificate whose key nobody has: what the program computes from a certificate works under mocks too. */
export const EXAMPLE_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUOmulRfzpcHsVfjWuHkyrCK543R8wCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMZXhhbXBsZSByb290MCAXDTI2MTEyMTA5NTMyNFoYDzIxMjYx
MDI4MDk1MzI0WjAXMRUwEwYDVQQDDAxleGFtcGxlIHJvb3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAS2TZ0haezaZwiH3foQtiIMWRsBBWnZY4Pq4frvTEYY3uxa
5+xIg/dc0GwxO8+kyYCs9exeqUXxzFaPdVG/ZWcho1MwUTAdBgNVHQ4EFgQUqHac
pMoa8eb2dUna+uvBaHzpaGMwHwYDVR0jBBgwFoAUqHacpMoa8eb2dUna+uvBaHzp
aGMwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA7eYaAD52pR5n
mv+G+1XuqsgORT/1nRMZ7IlLtD1lYgECIQDN8CCG6zjzL/WN3zJoxbqnnKD7xBwI
5p6O76Ka3IpnUQ==
-----END CERTIFICATE-----
`;

type Values = Record<string, unknown>;

function record(value: unknown): Values {
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** What a provider would add to the inputs of a resource; fixed, so that a snapshot stays the same. */
function computed(type: string, name: string, inputs: Values): Values {
    switch (type) {
        case "tls:index/privateKey:PrivateKey":
            return {
                privateKeyPem: `key of ${name}\n`,
                publicKeyPem: `public key of ${name}\n`,
                privateKeyOpenssh: `ssh key of ${name}\n`,
                publicKeyOpenssh: `ssh-ed25519 of-${name}\n`,
            };
        case "tls:index/certRequest:CertRequest":
            return { certRequestPem: `request of ${name}\n` };
        case "tls:index/selfSignedCert:SelfSignedCert":
        case "tls:index/locallySignedCert:LocallySignedCert":
            return { certPem: EXAMPLE_CERTIFICATE };
        case "random:index/randomPassword:RandomPassword":
            return { result: `passwordOf${name.replaceAll("-", "")}` };
        case "aws:ecr/repository:Repository":
            return {
                arn: `arn:aws:ecr:us-east-1:000000000000:repository/${String(inputs["name"])}`,
                repositoryUrl: `000000000000.dkr.ecr.us-east-1.amazonaws.com/${String(inputs["name"])}`,
            };
        case "aws:iam/accessKey:AccessKey":
            return { secret: `secretOf${name.replaceAll("-", "")}` };
        case "aws:iam/role:Role":
            return { arn: `arn:aws:iam::000000000000:role/${String(inputs["name"])}` };
        default:
            return type.startsWith("kubernetes:")
                ? { metadata: { name: `${name}-1a2b3c`, ...record(inputs["metadata"]) } }
                : {};
    }
}

/** Id and state of a resource under mocks. */
export function mockResource(type: string, name: string, inputs: Values): { id: string; state: Values } {
    const id = typeof inputs["vmId"] === "number" ? `${inputs["vmId"]}` : `id-of-${name}`;
    return { id, state: { ...inputs, ...computed(type, name, inputs) } };
}
