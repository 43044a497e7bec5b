#!/bin/sh
# Refuses pods the node's own metadata from before the kubelet starts, until the agent's init container has set the same
# rules: that finds these and changes nothing. Safe to run again. For user data of EKS nodes; see docs/fail-closed.md.
set -eu

# $1 iptables or ip6tables, $2 the metadata address, $3 how ICMP says that a port is not there, $4 a rule to begin with
guard() {
  if "$1" --wait --check FORWARD --destination "$2" --jump ROLECALL-GUARD 2>/dev/null; then return; fi
  "$1-restore" --noflush --wait <<END
*filter
:ROLECALL-GUARD - [0:0]
$4
-A ROLECALL-GUARD -d $2 -p tcp -j REJECT --reject-with tcp-reset
-A ROLECALL-GUARD -d $2 -j REJECT --reject-with $3
-I FORWARD 1 -d $2 -j ROLECALL-GUARD
COMMIT
END
}

guard iptables 169.254.169.254/32 icmp-port-unreachable '-A ROLECALL-GUARD -s 169.254.253.2/32'
# A node without IPv6 has no such address either.
guard ip6tables fd00:ec2::254/128 icmp6-port-unreachable '' || true
