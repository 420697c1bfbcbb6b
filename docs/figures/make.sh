#!/bin/sh
# Makes the figures of the gallery anew, each from a run of a shipped scenario with its own seed.
# Usage: docs/figures/make.sh [SCENARIO...]     (all of them: about half an hour and 3 GB of memory)
# DHTLAB=path/to/dhtlab takes another binary than target/release/dhtlab.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dhtlab=${DHTLAB:-$here/../../target/release/dhtlab}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The figure that tells each scenario's story.
figures='
quickstart           f1-latency-ecdf
churn-ipfs           f11-bytes-by-purpose
daa-prime-presets    f5-replicas
blocked-bootstrap    f4-success-over-time
partition-heal       f4-success-over-time
million              f2-hops
petals-announce      f11-bytes-by-purpose
hivemind-join-storm  f4-success-over-time
hivemind-dead-peers  f1-latency-ecdf
kademlia-vs-hivemind f11-bytes-by-purpose
ring-churn           f1-latency-ecdf
learned-range        range-cost
learned-drift        f7-lorenz
compare-protocols    f1-latency-ecdf
sweep-k-alpha        f8-heat-map
sweep-nodes-churn    f3-hops-by-nodes
'

echo "$figures" | while read -r scenario figure; do
    case " ${*:-$scenario} " in *" $scenario "*) ;; *) continue ;; esac
    [ -n "$scenario" ] || continue
    "$dhtlab" run --example "$scenario" --quiet -o "$work/$scenario" > "$work/summary" 2>&1 || {
        cat "$work/summary" >&2
        exit 1
    }
    cp "$work/$scenario/figures/$figure.svg" "$here/$scenario.svg"
    rm -rf "${work:?}/$scenario"
    echo "$scenario.svg: $figure, $(wc -c < "$here/$scenario.svg") bytes"
done
