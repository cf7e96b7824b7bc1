package main

import (
	"flag"
	"log"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// networkPolicies enforces NetworkPolicy for the Pods of one node with iptables and ipset: kube-router's controller for policies, without
// its router and its proxy.
func networkPolicies(args []string) error {
	config := options.NewKubeRouterConfig()
	config.EnableIPv4, config.IPTablesSyncPeriod = true, time.Minute
	flags := flag.NewFlagSet("network-policies", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig")
	flags.StringVar(&config.HostnameOverride, "node", "", "name of this node")
	services := flags.String("services", "10.96.0.0/16", "range of the ClusterIPs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config.ClusterIPCIDRs = []string{*services}
	rest, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := policyController(client, config, factory)
	if err != nil {
		return err
	}
	stop, heartbeats := make(chan struct{}), make(chan *healthcheck.ControllerHeartbeat)
	go func() {
		for range heartbeats { // it waits until somebody takes them
		}
	}()
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	var group sync.WaitGroup
	group.Add(1)
	controller.Run(heartbeats, stop, &group)
	return nil
}

func policyController(client kubernetes.Interface, config *options.KubeRouterConfig, factory informers.SharedInformerFactory) (*netpol.NetworkPolicyController, error) {
	tables, sets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return nil, err
	}
	pods, namespaces := factory.Core().V1().Pods().Informer(), factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	for {
		controller, err := netpol.NewNetworkPolicyController(client, config, pods, policies, namespaces, &sync.Mutex{}, tables, sets)
		if err != nil { // until the kubelet has registered the node
			log.Print(err)
			time.Sleep(time.Second)
			continue
		}
		if _, err := pods.AddEventHandler(controller.PodEventHandler); err != nil {
			return nil, err
		}
		if _, err := namespaces.AddEventHandler(controller.NamespaceEventHandler); err != nil {
			return nil, err
		}
		_, err = policies.AddEventHandler(controller.NetworkPolicyEventHandler)
		return controller, err
	}
}
