# The step "Check" of action.yml: lints, and leaves the verdict to the last step, after the upload.
# The inputs come as environment variables. bash 3.2 runs this too, which is what macOS has.
set -eo pipefail

# stop_commands FILE: prints what may hold names from the repository, none of it taken for a command of the runner.
stop_commands() {
    local token
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$token"
    cat "$1"
    echo # a last line without an end would swallow the token
    echo "::$token::"
}

# A block of YAML ends with a line feed.
SARIF_FILE=${SARIF_FILE%$'\n'}
# An output is a line: another one in a name would set other outputs, the exit status among them.
if [[ $PWD$SARIF_FILE == *$'\n'* ]]; then
    echo "exit-status=2" >> "$GITHUB_OUTPUT"
    echo "::error title=iac-imds-lint::sarif-file, or the working directory, is more than a line"
    exit 0
fi

options=(--no-progress)
[[ -z $CONFIG ]] || options+=("--config=$CONFIG")
[[ -z $BASELINE ]] || options+=("--baseline=$BASELINE")
[[ -z $DIFF_BASE ]] || options+=("--diff-base=$DIFF_BASE")
[[ -z $FAIL_ON ]] || options+=("--fail-on=$FAIL_ON")
while IFS= read -r line; do
    [[ -z $line ]] || options+=("$line")
done <<< "$ARGS"
places=()
while IFS= read -r line; do
    [[ -z $line ]] || places+=("$line")
done <<< "$PATHS"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check FORMAT FILE: the report in that format, whatever the options say of formats.
check() {
    "$PROGRAMS/iac-imds-lint" check "${options[@]}" "--output-format=$1" "--output-file=$2" -- "${places[@]}"
}

status=0
check "$FORMAT" "$work/report" 2> "$work/told" || status=$?
echo "exit-status=$status" >> "$GITHUB_OUTPUT"
# 0 and 1 are verdicts, and 3 has a report of what could be read; there is none where the use is wrong.
if [[ ! -e $work/report ]]; then
    stop_commands "$work/told"
    exit 0
fi
check json "$work/findings.json" 2> /dev/null || [[ $? -eq $status ]]
count=$("$PROGRAMS/python" -I -c 'import json, sys
print(sum(one["suppressed"] is None for one in json.load(open(sys.argv[1], encoding="utf-8"))))' "$work/findings.json")
echo "findings=$count" >> "$GITHUB_OUTPUT"

if [[ $FORMAT == github ]]; then
    cat "$work/report" # its names are escaped
else
    stop_commands "$work/report"
fi
stop_commands "$work/told"

if [[ $SUMMARY == true ]]; then
    check markdown "$work/summary.md" 2> /dev/null || [[ $? -eq $status ]]
    cat "$work/summary.md" >> "$GITHUB_STEP_SUMMARY"
fi

if [[ $UPLOAD_SARIF == true && -z $SARIF_FILE ]]; then
    SARIF_FILE=$RUNNER_TEMP/iac-imds-lint.sarif
fi
if [[ $UPLOAD_SARIF == true ]]; then
    # Code scanning would show what is suppressed as open alerts.
    given=("${options[@]}") options=()
    for option in "${given[@]}"; do
        [[ $option == --show-suppressed ]] || options+=("$option")
    done
fi
if [[ -n $SARIF_FILE ]]; then
    check sarif "$SARIF_FILE" 2> /dev/null || [[ $? -eq $status ]]
    case $SARIF_FILE in
        /* | ?:*) ;;
        *) SARIF_FILE=$PWD/$SARIF_FILE ;;
    esac
    echo "sarif-file=$SARIF_FILE" >> "$GITHUB_OUTPUT"
fi
