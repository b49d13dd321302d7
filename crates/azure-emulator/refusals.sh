#!/usr/bin/env bash
# Causes every error of the README at a running emulator, and prints the outcome. Needs curl and openssl.
#
#   crates/azure-emulator/refusals.sh [ENTRA_URL [ACS_URL]]
#
# It resets the emulator before and after, because earlier requests change the outcome.
set -uo pipefail

entra=${1:-http://localhost:8401} acs=${2:-http://localhost:8402}
fabrikam=fab00000-0000-4000-8000-000000000001
spa=acc00000-0000-4000-8000-000000000010 fabrikam_spa=acc00000-0000-4000-8000-000000000011
web=acc00000-0000-4000-8000-000000000012 backend=acc00000-0000-4000-8000-000000000014
alice=a11ce000-0000-4000-8000-000000000001 bob=b0b00000-0000-4000-8000-000000000002
dave=da7e0000-0000-4000-8000-000000000003 frank=f2a00000-0000-4000-8000-000000000005
grace=92ace000-0000-4000-8000-000000000006 heidi=4e1d1000-0000-4000-8000-000000000007
ivan=17a20000-0000-4000-8000-000000000008 judy=90d10000-0000-4000-8000-00000000000d
teams="https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats"
clients=https://communication.azure.com/clients
page=http://localhost:8080/
verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM
failures=0

main() {
  reset
  pages
  returns
  tokens
  acs
  reset
  [ $failures = 0 ] || { echo "$failures did not return the error of the README" >&2; exit 1; }
}

reset() { curl -sS -o /dev/null -d '{}' -H 'content-type: application/json' "$entra/emulator/reset" || exit 2; }

pages() {
  echo "-- on a page"
  expect AADSTS50011 authorize redirect_uri=https://elsewhere.example/
  expect AADSTS50020 pick "$alice" authority=contoso.example
  expect AADSTS50194 authorize client_id=$fabrikam_spa
  expect AADSTS500121 curl -s "$entra/organizations/second-factor?$(query)" -d decision=deny
  expect AADSTS700016 authorize client_id=$alice
  expect AADSTS90002 authorize authority=nowhere
  expect AADSTS900144 authorize client_id=
  expect AADSTS9000411 curl -s "$entra/organizations/oauth2/v2.0/authorize?$(query)&state=again"
}

returns() {
  echo "-- back to the application"
  expect AADSTS50058 authorize prompt=none
  expect AADSTS50076 silently "$judy"
  expect AADSTS50105 pick "$frank"
  expect AADSTS50149 authorize code_challenge_method=plain
  expect AADSTS501491 authorize code_challenge=short
  expect AADSTS65001 silently "$dave"
  expect AADSTS65004 decline "$dave"
  expect AADSTS650052 pick "$grace"
  expect AADSTS650053 authorize "scope=https://auth.msft.communication.azure.com/Nothing"
  expect AADSTS70005 authorize response_type=token
  expect AADSTS70007 authorize response_mode=smoke
  expect AADSTS70011 authorize scope=https://unknown.example/x
  expect AADSTS90023 authorize prompt=create
  expect AADSTS900144 authorize response_type=
  expect AADSTS9002325 authorize code_challenge=
  local number
  for number in $(switchable 2); do
    expect "AADSTS$number" with "x-emulator-fault: authorizationError=$number" pick "$alice"
  done
}

tokens() {
  echo "-- from the token endpoint"
  local used expired
  expect AADSTS28000 redeem "$alice" "scope=$teams $clients/VoIP"
  expect AADSTS50076 redeem "$ivan"
  expect AADSTS50194 token client_id=$fabrikam_spa
  expect AADSTS500112 redeem "$alice" redirect_uri=${page}return.html
  expect AADSTS501481 redeem "$alice" code_verifier=
  used=$(code "$alice") && token "code=$used" > /dev/null
  expect AADSTS54005 token "code=$used"
  expect AADSTS65001 consent_withdrawn
  expect AADSTS650053 redeem "$alice" scope=https://auth.msft.communication.azure.com/Nothing
  expect AADSTS70000 token code=unknown
  expect AADSTS70003 token grant_type=password
  expired=$(code "$alice")
  expect AADSTS70008 with 'x-emulator-fault: entraClock=601' token "code=$expired"
  expect AADSTS70011 redeem "$alice" scope=https://unknown.example/x
  expect AADSTS700005 redeem "$alice" authority=contoso.example
  expect AADSTS700016 token client_id=$alice
  expect AADSTS700025 token client_secret=any
  expect AADSTS700084 with 'x-emulator-fault: entraClock=86401' renew "$alice"
  expect AADSTS7000215 program client_secret=guessed
  expect AADSTS7000218 program client_secret=
  expect AADSTS1002012 program scope=https://communication.azure.com/VoIP
  expect AADSTS90002 token authority=nowhere
  expect AADSTS900144 token grant_type=
  expect AADSTS900561 curl -s "$entra/organizations/oauth2/v2.0/token"
  expect AADSTS9000411 curl -s "$entra/organizations/oauth2/v2.0/token" -d code=1 -d code=2
  expect AADSTS9002326 token client_id=$web
  expect AADSTS9002327 curl -s "$entra/organizations/oauth2/v2.0/token" -d client_id=$spa -d grant_type=refresh_token
  local number code
  code=$(code "$alice")
  for number in $(switchable 3); do
    expect "AADSTS$number:" with "x-emulator-fault: tokenError=$number" token "code=$code"
  done
}

# The numbers in the README's table of published errors that have an OAuth error in this column.
switchable() {
  sed -n '/^| `authorizationError`, `tokenError`/,/^$/p' "${BASH_SOURCE[0]%/*}/README.md" |
    awk -F'|' -v column=$(($1 + 1)) '$2 ~ /[0-9]/ && $column ~ /`/ { gsub(/ /, "", $2); print $2 }'
}

acs() {
  echo "-- from ACS"
  local a1 d exchange='/teamsUser/:exchangeAccessToken?api-version=2023-10-01'
  local assignment="/access/entra/assignments/$alice?api-version=2025-03-02-preview"
  local identity='/identities/8:acs:unknown?api-version=2023-10-01'
  a1=$(access_token "$alice")
  expect Denied curl -s -X POST "$acs$exchange"
  expect 'allowed margin' with 'x-emulator-fault: acsClock=301' signed POST "$exchange" '{}'
  expect 'differs from generated content hash' with 'x-emulator-fault: ' signed POST "$exchange" '{}' '{ }'
  expect MissingApiVersionParameter signed POST '/identities' ''
  expect UnsupportedApiVersionValue signed POST '/identities?api-version=2020-01-01' ''
  expect ValidationError signed POST "$exchange" '[]'
  expect InvalidAccessToken signed POST "$exchange" "$(body "$(access_token "$alice" User.Read)" $spa $alice)"
  expect 'AppId field is required' signed POST "$exchange" "$(body "$a1" '' $alice)"
  expect 'UserId has invalid format' signed POST "$exchange" "$(body "$a1" $spa alice)"
  expect 'not the expected one' signed POST "$exchange" "$(body "$a1" $web $alice)"
  expect 'unexpected user' signed POST "$exchange" "$(body "$a1" $spa $bob)"
  expect 'is a guest' signed POST "$exchange" \
    "$(body "$(access_token "$bob" "$teams" $fabrikam)" $spa b0b00000-0000-4000-8000-0000000000fa)"
  expect 'no Teams license' signed POST "$exchange" "$(body "$(access_token "$heidi")" $spa $heidi)"
  d=$(access_token "$alice" "$clients/VoIP")
  expect InvalidAccessToken bearer /access/entra/:exchangeAccessToken?api-version=2025-03-02-preview "$a1"
  expect Forbidden bearer /access/entra/:exchangeAccessToken?api-version=2025-03-02-preview "$d"
  d=$(access_token "$alice" https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls)
  expect InvalidAccessToken bearer /access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30 "$a1"
  expect Forbidden bearer /access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30 "$d"
  expect NotFound signed DELETE "$identity" ''
  expect NotFound signed GET "$assignment" ''
  expect ValidationError signed PUT "$assignment" '{}'
  expect UnsupportedMediaType signed PATCH '/access/entra/assignments?api-version=2025-03-02-preview' '{}'
  expect TooManyRequests too_often
}

# Prints whether the output of a command contains the expected text.
expect() {
  local wanted=$1 came
  shift
  came=$("$@" 2>&1)
  if [[ $came == *"$wanted"* ]]; then
    echo "$wanted"
  else
    echo "$wanted EXPECTED, BUT: ${came:0:300}"
    failures=$((failures + 1))
  fi
}

# An additional header for one request.
header=
with() { local header=$1; shift; "$@"; }

# The query of an authorization request. Arguments such as prompt=none replace the default parameters.
query() {
  local -A all=([client_id]=$spa [response_type]=code [redirect_uri]=$page [response_mode]=fragment
    [scope]="openid offline_access $teams" [state]=s [code_challenge]=$challenge [code_challenge_method]=S256)
  local change name pairs=()
  for change in "$@"; do all[${change%%=*}]=${change#*=}; done
  for name in "${!all[@]}"; do
    [ "$name" = authority ] || pairs+=("$name=$(printf %s "${all[$name]}" | sed 's/%/%25/g; s/ /%20/g; s/&/%26/g; s/+/%2B/g')")
  done
  (IFS='&'; echo "${pairs[*]}")
}

authority() {
  local change found=organizations
  for change in "$@"; do [[ $change == authority=* ]] && found=${change#*=}; done
  echo "$found"
}

authorize() { curl -si "$entra/$(authority "$@")/oauth2/v2.0/authorize?$(query "$@")"; }

# Picks an account on the sign-in page.
pick() { curl -si "$entra/$(authority "${@:2}")/login?$(query "${@:2}")" -H "$header" -d "account=$1"; }

# Signs in with an account, and then sends a silent request.
silently() {
  local jar
  jar=$(mktemp)
  curl -so /dev/null -c "$jar" "$entra/organizations/login?$(query)" -d "account=$1"
  curl -si -b "$jar" "$entra/organizations/oauth2/v2.0/authorize?$(query prompt=none)"
  rm "$jar"
}

decline() {
  local jar
  jar=$(mktemp)
  curl -so /dev/null -c "$jar" "$entra/organizations/login?$(query)" -d "account=$1"
  curl -si -b "$jar" "$entra/organizations/consent?$(query)" -d decision=cancel
  rm "$jar"
}

code() { pick "$@" | sed -n 's/^location:.*[#&]code=\([^&]*\).*/\1/p' | tr -d '\r'; }

# The token request of a page. Arguments replace the default parameters.
token() {
  local -A all=([client_id]=$spa [grant_type]=authorization_code [redirect_uri]=$page [code_verifier]=$verifier [code]=x)
  local change name arguments=()
  for change in "$@"; do all[${change%%=*}]=${change#*=}; done
  for name in "${!all[@]}"; do [ "$name" = authority ] || arguments+=(--data-urlencode "$name=${all[$name]}"); done
  curl -s "$entra/$(authority "$@")/oauth2/v2.0/token" -H "origin: http://localhost:8080" -H "$header" "${arguments[@]}"
}

redeem() { token "code=$(code "$1")" "scope=openid offline_access $teams" "${@:2}"; }

member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

access_token() {
  local scope=${2:-$teams} tenant=${3:-organizations}
  token "authority=$tenant" "scope=$scope" "code=$(code "$1" "authority=$tenant" "scope=openid $scope")" | member access_token
}

renew() {
  local kept
  kept=$(header='' redeem "$1" | member refresh_token)
  token grant_type=refresh_token "refresh_token=$kept"
}

consent_withdrawn() {
  local kept
  kept=$(code "$alice")
  curl -so /dev/null -H 'content-type: application/json' "$entra/emulator/consent" \
    -d '{ "account": "alice@fabrikam.example", "given": false }'
  token "code=$kept" "scope=$teams"
  curl -so /dev/null -H 'content-type: application/json' "$entra/emulator/consent" \
    -d '{ "account": "alice@fabrikam.example", "given": true }'
}

# The token request of a program.
program() {
  local -A all=([client_id]=$backend [grant_type]=client_credentials [client_secret]=azure-emulator-secret
    [scope]=https://communication.azure.com//.default)
  local change name arguments=()
  for change in "$@"; do all[${change%%=*}]=${change#*=}; done
  for name in "${!all[@]}"; do arguments+=(--data-urlencode "$name=${all[$name]}"); done
  curl -s "$entra/contoso.example/oauth2/v2.0/token" "${arguments[@]}"
}

body() { printf '{"token":"%s","appId":"%s","userId":"%s"}' "$1" "$2" "$3"; }

bearer() { curl -s "$acs$1" -H "authorization: Bearer $2" -d '{}'; }

# METHOD PATH BODY [OTHER BODY]: a request signed with the access key. OTHER BODY is sent instead of the signed one.
times=1
signed() {
  local hash date signature key urls host=${acs#*://}
  mapfile -t urls < <(yes "$acs$2" | head -n "$times")
  key=$(printf %s AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw== | base64 -d | od -An -tx1 | tr -d ' \n')
  hash=$(printf %s "$3" | openssl dgst -sha256 -binary | base64)
  date=$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT')
  signature=$(printf '%s\n%s\n%s;%s;%s' "$1" "$2" "$date" "$host" "$hash" |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
  curl -s -X "$1" "${urls[@]}" -H "x-ms-date: $date" -H "x-ms-content-sha256: $hash" -H 'content-type: application/json' -H "$header" \
    -H "authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=$signature" --data-binary "${4-$3}"
}

# 501 revocations within 30 seconds.
too_often() { times=501 signed POST '/identities/8:acs:unknown/:revokeAccessTokens?api-version=2023-10-01' ''; }

main
