package clients

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/apache/thrift/lib/go/thrift"
	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/transport"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/e2e/peer/apachegen/thrifttest"
	"github.com/idlcall/idlcall/e2e/peer/kitexgen/api"
	apiecho "github.com/idlcall/idlcall/e2e/peer/kitexgen/api/echo"
)

// TestServeCommand has clients of all kinds call one port of "idlcall serve", which echoes.
func TestServeCommand(t *testing.T) {
	dir := t.TempDir()
	shared := filepath.Join("..", "..", "testdata")
	set := filepath.Join(dir, "interop.binpb")
	writeSet(t, set, grpc_testing.File_grpc_testing_test_proto)
	tool := filepath.Join(dir, "idlcall")
	build(t, "-o", tool, "github.com/idlcall/idlcall")
	var args []string
	for _, name := range []string{"proto/echo_api.proto", "proto/streaming_pb.proto", "thrift/ThriftTest.thrift", "thrift/calls.thrift", "thrift/stream_echo.thrift"} {
		args = append(args, "--idl", filepath.Join(shared, name))
	}
	address := command(t, tool, append(args, "--idl", set)...)
	t.Run("Kitex", func(t *testing.T) { kitexOnCommand(t, address) })
	t.Run("Apache", func(t *testing.T) { apacheOnCommand(t, address) })
	t.Run("connect-go", func(t *testing.T) { connectOnCommand(t, address) })
	t.Run("grpcurl", func(t *testing.T) {
		says(t, `"message": "hi"`, installed(t, "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4"), "-plaintext", "-d", `{"message":"hi"}`, address, "api.Echo/EchoPB")
	})
	t.Run("buf curl", func(t *testing.T) {
		buf := installed(t, "github.com/bufbuild/buf/cmd/buf@v1.73.0")
		for _, protocol := range []string{"grpc", "grpcweb", "connect"} {
			says(t, `"message": "hi"`, buf, "curl", "--protocol", protocol, "--http2-prior-knowledge", "-d", `{"message":"hi"}`, "http://"+address+"/pb.StreamingService/UnaryEcho")
			says(t, `"message": "hi"`, buf, "curl", "--protocol", protocol, "--http2-prior-knowledge", "-d", `{"message":"hi"}`, "http://"+address+"/pb.StreamingService/BidirectionalEcho")
		}
	})
	t.Run("browser", func(t *testing.T) { browserOnCommand(t, address, filepath.Join(shared, "proto", "streaming_pb.proto")) })
}

// build runs go build.
func build(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("go", append([]string{"build"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// command starts "idlcall serve", which must end well with the test.
func command(t *testing.T, tool string, args ...string) (address string) {
	t.Helper()
	server := exec.Command(tool, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	stderr, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	address, ok := strings.CutPrefix(line, "listening on ")
	if err != nil || !ok {
		t.Fatalf("idlcall serve: %q, %v", line, err)
	}
	rest := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(lines)
		rest <- string(text)
	}()
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		text := <-rest
		if err := server.Wait(); err != nil || text != "" {
			t.Errorf("idlcall serve: %v\n%s", err, text)
		}
	})
	return strings.TrimSpace(address)
}

// installed is a program of a module, which is built once for all runs.
func installed(t *testing.T, module string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path, version, _ := strings.Cut(module, "@")
	dir := filepath.Join(cache, "idlcall-e2e", version)
	program := filepath.Join(dir, filepath.Base(path))
	if _, err := os.Stat(program); err == nil {
		return program
	}
	install := exec.Command("go", "install", module)
	install.Dir, install.Env = t.TempDir(), append(os.Environ(), "GOBIN="+dir, "GOWORK=off")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// says runs a program that must end well and have a text in its output.
func says(t *testing.T, want, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%s %v: %v\n%s", filepath.Base(program), args, err, out)
	}
}

// writeSet writes the descriptors of a file and of what it imports.
func writeSet(t *testing.T, name string, file protoreflect.FileDescriptor) {
	t.Helper()
	set, seen := &descriptorpb.FileDescriptorSet{}, map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] {
			return
		}
		seen[f.Path()] = true
		for i := range f.Imports().Len() {
			add(f.Imports().Get(i))
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	add(file)
	data, err := proto.Marshal(set)
	if err == nil {
		err = os.WriteFile(name, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// kitexOnCommand are Kitex's clients: calls, streams, and Protobuf without HTTP/2.
func kitexOnCommand(t *testing.T, address string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for name, over := range kitexTransports {
		for _, data := range []string{"", "a", strings.Repeat("x", 1<<20)} {
			if got, err := kitexCalls(t, address, over).Same(ctx, []byte(data)); err != nil || string(got) != data {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
	}
	for name, over := range overStreams {
		t.Run(name, func(t *testing.T) { echoes(ctx, t, kitexStreams(t, address, over)) })
	}
	for _, over := range []transport.Protocol{transport.Framed, transport.TTHeader, transport.TTHeaderFramed} {
		c, err := apiecho.NewClient("echo", client.WithHostPorts(address), client.WithTransportProtocol(over))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := c.EchoPB(ctx, &api.Request{Message: "hi"}); err != nil || r.Message != "hi" {
			t.Errorf("Kitex Protobuf, %v: %v", over, err)
		}
	}
}

// apacheOnCommand are Apache's transports in its protocols.
func apacheOnCommand(t *testing.T, address string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	socket := func() thrift.TTransport { return thrift.NewTSocketConf(address, apacheConfig) }
	for name, open := range map[string]func() (thrift.TTransport, error){
		"framed":   func() (thrift.TTransport, error) { return thrift.NewTFramedTransportConf(socket(), apacheConfig), nil },
		"buffered": func() (thrift.TTransport, error) { return thrift.NewTBufferedTransport(socket(), 4096), nil },
		"HTTP":     func() (thrift.TTransport, error) { return thrift.NewTHttpClient("http://" + address + "/any") },
	} {
		for protocol, factory := range apacheProtocols {
			transport, err := open()
			if err == nil {
				err = transport.Open()
			}
			if err != nil {
				t.Fatal(err)
			}
			apacheEcho(ctx, t, fmt.Sprint(name, " ", protocol), transport, factory)
		}
	}
	header := thrift.NewTHeaderTransportConf(socket(), apacheConfig)
	if err := header.Open(); err != nil {
		t.Fatal(err)
	}
	apacheEcho(ctx, t, "THeader", header, thrift.NewTHeaderProtocolFactoryConf(apacheConfig))
}

func apacheEcho(ctx context.Context, t *testing.T, name string, transport thrift.TTransport, factory thrift.TProtocolFactory) {
	t.Helper()
	defer transport.Close()
	protocol := factory.GetProtocol(transport)
	c := thrifttest.NewThriftTestClient(thrift.NewTStandardClient(protocol, protocol))
	for _, text := range []string{"", "a", strings.Repeat("x", 1<<20)} {
		if got, err := c.TestString(ctx, text); err != nil || got != text {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

// connectOnCommand is connect-go in its three protocols, over both versions of HTTP.
func connectOnCommand(t *testing.T, address string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	h2c := &http.Client{Transport: &http.Transport{Protocols: protocols}}
	for name, options := range map[string][]connect.ClientOption{
		"Connect": nil, "Connect JSON": {connect.WithProtoJSON()}, "gRPC": {connect.WithGRPC()}, "gRPC-Web": {connect.WithGRPCWeb()},
		"Connect, gzip": {connect.WithSendGzip()}, "gRPC, gzip": {connect.WithGRPC(), connect.WithSendGzip()},
	} {
		clients := map[string]*http.Client{"HTTP/2": h2c, "HTTP/1": http.DefaultClient}
		if strings.HasPrefix(name, "gRPC") && !strings.HasPrefix(name, "gRPC-Web") {
			delete(clients, "HTTP/1")
		}
		for version, over := range clients {
			body := bytes.Repeat([]byte("x"), 100_000)
			c := connect.NewClient[grpc_testing.SimpleRequest, grpc_testing.SimpleResponse](over, "http://"+address+"/grpc.testing.TestService/UnaryCall", options...)
			r, err := c.CallUnary(ctx, connect.NewRequest(&grpc_testing.SimpleRequest{Payload: &grpc_testing.Payload{Body: body}}))
			if err != nil || !bytes.Equal(r.Msg.GetPayload().GetBody(), body) {
				t.Errorf("%s over %s: %v", name, version, err)
			}
		}
	}
}
