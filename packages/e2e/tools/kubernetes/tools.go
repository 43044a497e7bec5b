//go:build tools

// Package tools pins the Kubernetes programs that the end-to-end tests run. Kubernetes cannot be built with
// `go install …@version`: its go.mod replaces its own parts by directories, which go.mod here replaces by releases.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-proxy"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
	_ "k8s.io/kubernetes/cmd/kubelet"
)
