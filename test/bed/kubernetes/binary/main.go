// Command kubernetes is a whole Kubernetes in one program: `kubernetes kubelet --config=…` is the kubelet, and so on.
// One binary shares what six would each carry, and compiles in a fraction of the time.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register" // as the components' own main packages do
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

// components are called with their name as the first argument, and give the exit code.
var components = map[string]func(args []string) int{
	"etcd": func(args []string) int {
		etcdmain.Main(args) // ends the process itself where it fails
		return 0
	},
	"kube-apiserver":          daemon(apiserver.NewAPIServerCommand),
	"kube-controller-manager": daemon(controllers.NewControllerManagerCommand),
	"kube-scheduler":          daemon(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubelet":                 daemon(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }),
	"kubectl": func([]string) int {
		return failed(cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()))
	},
	"remove-pods": func(args []string) int { return failed(removePods(args[1:])) },
}

func main() {
	args := os.Args[1:]
	if len(args) == 0 || components[args[0]] == nil {
		names := make([]string, 0, len(components))
		for name := range components {
			names = append(names, name)
		}
		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "usage: kubernetes %s [ARGUMENT…]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	// The component sees itself as the program.
	os.Args = args
	os.Exit(components[args[0]](args))
}

func daemon(command func() *cobra.Command) func([]string) int {
	return func([]string) int { return cli.Run(command()) }
}

func failed(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
