package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	cri "k8s.io/cri-client/pkg"
)

// removePods ends and removes every pod of a container runtime, with its network and cgroups, where no kubelet is left
// to do it: `remove-pods unix:///…/containerd.sock`.
func removePods(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: kubernetes remove-pods ENDPOINT")
	}
	runtime, err := cri.NewRemoteRuntimeService(args[0], 10*time.Second, nil, nil)
	if err != nil {
		return err
	}
	ctx := context.Background()
	pods, err := runtime.ListPodSandbox(ctx, nil)
	if err != nil {
		return err
	}
	var failures []error
	for _, pod := range pods {
		if err := errors.Join(runtime.StopPodSandbox(ctx, pod.Id), runtime.RemovePodSandbox(ctx, pod.Id)); err != nil {
			failures = append(failures, fmt.Errorf("pod %s/%s: %w", pod.Metadata.Namespace, pod.Metadata.Name, err))
		}
	}
	return errors.Join(failures...)
}
