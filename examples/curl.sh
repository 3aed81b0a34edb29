#!/usr/bin/env bash
# The HTTP API with curl: opens a session, speaks, reads it, scores an answer, asks for a person, ends it.
# usage: curl.sh [URL]      URL is http://127.0.0.1:8080 unless given; GATEWAY_API_KEY if the gateway asks for it
# Exit status: 0 all of it went well, 2 usage, else curl's of the first step that did not (22: the gateway refused).
set -euo pipefail
case ${1:-} in
-h | --help) sed -n '2,4s/^# //p' "$0" && exit ;;
-*) echo "usage: curl.sh [URL]" >&2 && exit 2 ;;
esac
url=${1:-http://127.0.0.1:8080}/v1/sessions
key=(${GATEWAY_API_KEY:+--header "Authorization: Bearer $GATEWAY_API_KEY"})

# ask METHOD PATH [BODY [OPTION...]]: prints the answer; fails with curl's status.
ask() {
    local status=0
    curl --silent --show-error --fail-with-body --max-time 30 --request "$1" "$url$2" "${key[@]}" \
        --header "Content-Type: application/json" ${3:+--data "$3"} "${@:4}" || status=$?
    echo
    return "$status"
}
# stop STEP STATUS [ANSWER]: ends the script; what follows needs the step.
stop() {
    [ -z "${3:-}" ] || echo "$3"
    echo "curl.sh: $1 failed (curl's status $2)" >&2
    exit "$2"
}
# field NAME: its first value in the JSON on standard input.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

echo "# open"
opened=$(ask POST "" '{"user_id":"example"}') || stop open $? "$opened"
echo "$opened"
session=$(field session_id <<<"$opened")

echo "# say"
answer=$(ask POST "/$session/messages" '{"text":"how much data do I have left?","trace_id":"curl-1"}') || stop say $? "$answer"
echo "$answer"

echo "# say, and see the answer being made"
ask POST "/$session/messages" '{"text":"my number is 555 0101"}' --no-buffer --header "Accept: text/event-stream" || stop say $?

echo "# feedback"
ask POST "/$session/feedback" "{\"message_id\":\"$(field message_id <<<"$answer")\",\"score\":1,\"comment\":\"quick\"}" || stop feedback $?
echo "# hand-off"
ask POST "/$session/handoff" '{"reason":"example"}' || stop hand-off $?
echo "# read"
ask GET "/$session" || stop read $?
echo "# end"
ask DELETE "/$session" || stop end $?
