/** Public keys of every type that may log in, one line of a .pub file each; nobody has their private halves. */
export const publicKeys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIX/Umt2uq6skktpK1ILtWJuH551fo3gXnABL9k0ceLw anna@laptop",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBP3n+AxHZOv3WHE32Lx/ruatag4fD02x8+RBiUPAKzXkrNkGA0kwRa4F3HR2NyXEeTqi7JvOKGSqc4V+7wdNsak=",
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBGJNIRBP0i5BYePnLAggdeSUT8PU2khTOnbuPAucnoI42Rtv14vwr8H/jGshLDdpAwEud0aIHv54+9N3/Qpk5P1WVZMN+MCuW+M4wfl6aI92w0hkWmQOLITpQxY+hsnmbg== ben@desk",
    "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAEbOlyWWejz7AwB0Wla1KgfBY6Uct051pGivR+JSYqZZEFMvN46NIYphe5YRFT/zq2SmH3NRKSYcBB9z0IhCW2tOwAGBNBq83EKK49q/Q6u+PZouBqM7fdhnjLIhitbX7aiJNTqQ/mkk6q7+FEn9WW46lmhxyzDvwa5116VrM4amLDJ5w== carla's old laptop",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDKZSoDbpnVbMzi7rEc+8kiBF22FrBCc/n4qvmLsfh2piaTqI/T+pAwZDWO8rHV4gpkzx4PCBy7IuM2LMQDRO7Q+DDarYqeVV2tGSDKwAW3R10hr2cUxlEtZu+789obS9ohKgAyjGh7M63GG2+PclqrbfWkrftDKnObyP/z0M1Ki9+9zReo1T0VXVK/MwsbLCuXxK6/aqHCpaptcB4gU3vknhOYLfHIl99/CGL2CAFANEAkKJmj6MRLhxfNAH8FvR0MC2bbTKqbUkjaE1BOwCfE9WngRc71UB60Fyys1+66mFVhYMuhzXOE+LW6MYyp/ZyRqncOlQoM+Dih6OFPNvbl ben@nas",
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIIX/Umt2uq6skktpK1ILtWJuH551fo3gXnABL9k0ceLwAAAABHNzaDo= anna's token",
    "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBP3n+AxHZOv3WHE32Lx/ruatag4fD02x8+RBiUPAKzXkrNkGA0kwRa4F3HR2NyXEeTqi7JvOKGSqc4V+7wdNsakAAAAEc3NoOg== carla@token",
] as const;
