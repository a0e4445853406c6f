export { CertManager, certManagerValues } from "./cert-manager";
export { HouseCertificate } from "./house-certificate";
export type { Issuer } from "./issuer";
export { LetsEncrypt, type Directory } from "./lets-encrypt";
export { OwnAuthority } from "./own-authority";
export type { Route53Access } from "./route53-access";
