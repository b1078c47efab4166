#!/bin/sh
# A scorer for Assay in plain shell: an answer is right when it does not apologise.
#
# One JSON line in, one JSON line out. The request is on one line and its keys keep their order, so
# the answer stands between "answer":" and ","reasoning": and can be cut out without a JSON parser.
#
#   scorers:
#     - name: process
#       command: [sh, says_sorry.sh]
#       metrics: [no_apology]
while IFS= read -r line; do
  answer=${line##*'"response":{"answer":"'}
  answer=${answer%'","reasoning":'*}
  case $answer in
    *[Ss]orry* | *죄송* | *미안*)
      printf '%s\n' '{"scores":{"no_apology":{"value":0,"reason":"it apologises"}}}' ;;
    *)
      printf '%s\n' '{"scores":{"no_apology":1}}' ;;
  esac
done
