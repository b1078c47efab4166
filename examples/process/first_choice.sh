#!/bin/sh
# A model as a shell script: answers with the first of the choices.
#
#   assay run SUITE --model 'process:./first_choice.sh'
while IFS= read -r request; do
  choice=$(printf '%s\n' "$request" | sed -n 's/.*"choices":\["\([^"]*\)".*/\1/p')
  if [ -z "$choice" ]; then
    echo '{"error":{"kind":"rejected","message":"the question has no choices"}}'
    continue
  fi
  printf '{"delta":"%s"}\n{"done":true}\n' "$choice"
done
