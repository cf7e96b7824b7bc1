package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	plugin "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

// fakeDevices offers devices with nothing behind them. A line with a device's id in the file `unhealthy`, which is read again every
// second, makes that device unhealthy.
type fakeDevices struct {
	plugin.UnimplementedDevicePluginServer
	count     int
	prefix    string
	unhealthy string
}

func (f *fakeDevices) GetDevicePluginOptions(context.Context, *plugin.Empty) (*plugin.DevicePluginOptions, error) {
	return &plugin.DevicePluginOptions{}, nil
}

func (f *fakeDevices) devices() []*plugin.Device {
	content, _ := os.ReadFile(f.unhealthy) // no file, all healthy
	unhealthy := strings.Fields(string(content))
	devices := make([]*plugin.Device, f.count)
	for i := range devices {
		devices[i] = &plugin.Device{ID: fmt.Sprintf("%s-%d", f.prefix, i), Health: plugin.Healthy}
		if slices.Contains(unhealthy, devices[i].ID) {
			devices[i].Health = plugin.Unhealthy
		}
	}
	return devices
}

func (f *fakeDevices) ListAndWatch(_ *plugin.Empty, stream grpc.ServerStreamingServer[plugin.ListAndWatchResponse]) error {
	told := ""
	for {
		devices := f.devices()
		if now := fmt.Sprint(devices); now != told {
			if err := stream.Send(&plugin.ListAndWatchResponse{Devices: devices}); err != nil {
				return err
			}
			told = now
		}
		select {
		case <-stream.Context().Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func (f *fakeDevices) Allocate(_ context.Context, request *plugin.AllocateRequest) (*plugin.AllocateResponse, error) {
	response := &plugin.AllocateResponse{}
	for _, container := range request.ContainerRequests {
		response.ContainerResponses = append(response.ContainerResponses, &plugin.ContainerAllocateResponse{
			Envs: map[string]string{"NVIDIA_VISIBLE_DEVICES": strings.Join(container.DevicesIds, ",")},
		})
	}
	return response, nil
}

func devicePlugin(args []string) error {
	flags := flag.NewFlagSet("device-plugin", flag.ExitOnError)
	resource := flags.String("resource", "nvidia.com/gpu", "name of the resource")
	count := flags.Int("n", 8, "number of devices")
	prefix := flags.String("prefix", "GPU-fake", "prefix of the devices' ids")
	unhealthy := flags.String("unhealthy", "", "file with the ids of unhealthy devices")
	folder := flags.String("folder", plugin.DevicePluginPath, "the kubelet's folder of device plugins")
	if err := flags.Parse(args); err != nil {
		return err
	}
	devices := &fakeDevices{count: *count, prefix: *prefix, unhealthy: *unhealthy}
	kubelet := filepath.Join(*folder, "kubelet.sock")
	socket := filepath.Join(*folder, strings.ReplaceAll(*resource, "/", "_")+".sock")
	// A starting kubelet empties the folder before it makes its own socket: whenever that is a new one, we serve anew.
	var last os.FileInfo
	for ; ; time.Sleep(200 * time.Millisecond) {
		now, err := os.Stat(kubelet)
		if err != nil || last != nil && isSame(last, now) {
			continue
		}
		if err := serve(devices, socket, kubelet, *resource); err != nil {
			log.Print(err)
			continue
		}
		last = now
		log.Printf("registered %d of %s", *count, *resource)
	}
}

// isSame tells by the time as well: a file system may give a new socket the number of the old one.
func isSame(a, b os.FileInfo) bool { return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) }

// serve answers on the socket and tells the kubelet so.
func serve(devices *fakeDevices, socket, kubelet, resource string) error {
	_ = os.Remove(socket)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	plugin.RegisterDevicePluginServer(server, devices)
	go func() { _ = server.Serve(listener) }()
	if err := register(kubelet, filepath.Base(socket), resource); err != nil {
		server.Stop()
		return err
	}
	return nil
}

func register(kubelet, endpoint, resource string) error {
	connection, err := grpc.NewClient("unix://"+kubelet, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	deadline, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	_, err = plugin.NewRegistrationClient(connection).Register(deadline,
		&plugin.RegisterRequest{Version: plugin.Version, Endpoint: endpoint, ResourceName: resource})
	return err
}
