/**
 * Asks ECR for a password and writes it into one secret. In the shell's own words where the password is: what is an
 * argument of a program can be read by every process of the node. `printf` is a part of the shell, curl gets files.
 */
export const REFRESH_SCRIPT = `set -eu
umask 077
work=\${WORK:?}
account=\${ACCOUNT_FILES:?}
password=$(aws ecr get-login-password)
auth=$(printf 'AWS:%s' "$password" | base64 | tr -d '\\n')
config=$(printf '{"auths":{"%s":{"username":"AWS","password":"%s","auth":"%s"}}}' "\${REGISTRY:?}" "$password" "$auth" | base64 | tr -d '\\n')
printf '{"data":{".dockerconfigjson":"%s"}}' "$config" > "$work/patch.json"
printf 'header = "Authorization: Bearer %s"\\n' "$(cat "$account/token")" > "$work/headers"
curl --silent --show-error --fail --max-time 30 --retry 5 --retry-connrefused --cacert "$account/ca.crt" \\
  --config "$work/headers" --header 'Content-Type: application/merge-patch+json' \\
  --request PATCH --data-binary "@$work/patch.json" --output /dev/null \\
  "\${API_SERVER:?}/api/v1/namespaces/$(cat "$account/namespace")/secrets/\${SECRET_NAME:?}?fieldManager=registry-password"
echo "wrote a new password for $REGISTRY into the secret $SECRET_NAME"
`;
