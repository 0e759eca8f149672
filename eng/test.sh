#!/usr/bin/env bash
# Runs all tests, and installs what they need first. The one command to know:
#   eng/test.sh [--no-build] [NAME...]
# NAME: only the test projects whose name contains it. The last line is "N passed, N failed" (and ", N skipped").
# Fails when a test failed, a project ran none or left no results, or, with CI=true, when a test was skipped that
# eng/may-skip.txt does not name.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=$root/TestResults
project_time_limit=25m
build=true
names=()
for argument in "$@"; do
  case $argument in
    --no-build) build=false ;;
    -*) echo "usage: eng/test.sh [--no-build] [NAME...]" >&2; exit 2 ;;
    *) names+=("$argument") ;;
  esac
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
cd "$root"

exports=$(eng/tools.sh)
eval "$exports"

wanted() {
  [ ${#names[@]} -eq 0 ] && return
  local name
  for name in "${names[@]}"; do
    [[ $1 == *"$name"* ]] && return
  done
  return 1
}

projects=()
for file in tests/*/*.csproj; do
  project=$(basename "$file" .csproj)
  if grep -q '<IsTestProject>true</IsTestProject>' "$file" && wanted "$project"; then
    projects+=("$project")
  fi
done

if $build; then
  if [ ${#names[@]} -eq 0 ]; then
    dotnet build GitOps.Operator.sln --verbosity quiet
  else
    for project in "${projects[@]}"; do
      dotnet build "tests/$project" --verbosity quiet
    done
  fi
fi

rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0 skipped=0
problems=()

# count OUTCOME FILE: the results of a TRX file with that outcome; each is one element on one line.
count() {
  awk -v outcome=" outcome=\"$1\"" '/<UnitTestResult / && index($0, outcome) { n++ } END { print n + 0 }' "$2"
}

for project in "${projects[@]+"${projects[@]}"}"; do
  echo "== $project"
  trx=$results/$project.trx
  program=tests/$project/bin/Debug/net10.0/$project
  code=0
  started=$SECONDS
  timeout --kill-after=30s "$project_time_limit" "$program" -noLogo -noColor -noAutoReporters -trx "$trx" </dev/null || code=$?
  echo "   took $((SECONDS - started)) s"

  if [ ! -s "$trx" ] || ! grep -q '</TestRun>' "$trx"; then
    problems+=("$project left no results (exit code $code)")
    failed=$((failed + 1))
    continue
  fi

  project_passed=$(count Passed "$trx")
  project_failed=$(count Failed "$trx")
  project_skipped=$(count NotExecuted "$trx")
  passed=$((passed + project_passed))
  failed=$((failed + project_failed))
  skipped=$((skipped + project_skipped))
  if [ "$code" -ne 0 ] && [ "$project_failed" -eq 0 ]; then
    problems+=("$project ended with exit code $code although no test of it failed")
    failed=$((failed + 1))
  fi
  if [ $((project_passed + project_failed)) -eq 0 ]; then
    problems+=("$project ran no test")
    failed=$((failed + 1))
  fi
  if [ "${CI:-}" = true ] && [ "$project_skipped" -gt 0 ]; then
    while IFS= read -r test; do
      problems+=("skipped in CI: $test")
      failed=$((failed + 1))
    done < <(
      awk '/<UnitTestResult / && / outcome="NotExecuted"/ { sub(/.* testName="/, ""); sub(/".*/, ""); print }' "$trx" |
        grep -vFf <(grep -v '^[[:space:]]*\(#\|$\)' eng/may-skip.txt) || true
    )
  fi
done

if [ ${#projects[@]} -eq 0 ]; then
  problems+=("there is no such test project: ${names[*]}")
  failed=$((failed + 1))
fi

for problem in "${problems[@]+"${problems[@]}"}"; do
  echo "problem: $problem"
done

summary="$passed passed, $failed failed"
if [ "$skipped" -gt 0 ]; then
  summary="$summary, $skipped skipped"
fi
status=0
if [ "$failed" -gt 0 ] || [ "$passed" -eq 0 ]; then
  status=1
fi
echo "$summary"
exit "$status"
