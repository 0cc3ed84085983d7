package peer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/idlcall/idlcall/e2e/peer/apachegen/thrifttest"
)

// TestApache calls the methods of ThriftTest on each Apache server with Apache's
// own client.
func TestApache(t *testing.T) {
	config := clientConfig(t)
	binary, compact, json := thrift.NewTBinaryProtocolFactoryConf(config), thrift.NewTCompactProtocolFactoryConf(config), thrift.NewTJSONProtocolFactory()
	plain := thrift.NewTTransportFactory()
	buffered, framed := thrift.NewTBufferedTransportFactory(4096), thrift.NewTFramedTransportFactoryConf(plain, config)
	compactHeader := clientConfig(t)
	compactHeader.THeaderProtocolID = thrift.THeaderProtocolIDPtrMust(thrift.THeaderProtocolCompact)
	for _, test := range []struct {
		name, server, path string
		transport          thrift.TTransportFactory
		protocol           thrift.TProtocolFactory
	}{
		{"buffered", "APACHE_BUFFERED", "", buffered, binary},
		{"framed", "APACHE_FRAMED", "", framed, binary},
		{"compact", "APACHE_COMPACT", "", framed, compact},
		{"compact buffered", "APACHE_COMPACT_BUFFERED", "", buffered, compact},
		{"JSON", "APACHE_JSON", "", framed, json},
		{"JSON buffered", "APACHE_JSON_BUFFERED", "", buffered, json},
		{"old form", "APACHE_OLD", "", framed, binary},
		{"TLS", "APACHE_TLS", "", framed, binary},
		{"unix", "APACHE_UNIX", "", framed, binary},
		{"header", "APACHE_HEADER", "", thrift.NewTHeaderTransportFactoryConf(plain, config), thrift.NewTHeaderProtocolFactoryConf(config)},
		{"header compact", "APACHE_HEADER", "", thrift.NewTHeaderTransportFactoryConf(plain, compactHeader), thrift.NewTHeaderProtocolFactoryConf(compactHeader)},
		{"header, unframed", "APACHE_HEADER", "", buffered, binary},
		{"HTTP", "APACHE_HTTP", "/any/path", plain, binary},
		{"HTTP compact", "APACHE_HTTP", "/compact", plain, compact},
		{"HTTP JSON", "APACHE_HTTP", "/json", plain, json},
		{"Node framed", "NODE_FRAMED", "", framed, binary},
		{"Node buffered", "NODE_BUFFERED", "", buffered, binary},
		{"Node compact", "NODE_COMPACT", "", framed, compact},
		{"Node HTTP", "NODE_HTTP", "/", plain, binary},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.HasPrefix(test.server, "NODE") {
				skipWithoutNode(t)
			}
			transport, err := test.transport.GetTransport(dial(t, test.server, test.path))
			if err != nil {
				t.Fatal(err)
			}
			if err := transport.Open(); err != nil && !transport.IsOpen() {
				t.Fatal(err)
			}
			defer transport.Close()
			protocol := test.protocol.GetProtocol(transport)
			client := thrifttest.NewThriftTestClient(thrift.NewTStandardClient(protocol, protocol))
			callThriftTest(t, client)
			if test.server != "NODE_HTTP" { // which does not answer the POST of a oneway call
				callOneway(t, client)
			}
		})
	}
}

func skipWithoutNode(t *testing.T) {
	t.Helper()
	if err := installNode(); err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
}

// clientConfig gives up after a while, and trusts the servers' authority.
func clientConfig(t *testing.T) *thrift.TConfiguration {
	t.Helper()
	p, err := thriftPeers()
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(filepath.Join(p.Env["CERTS"], "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &thrift.TConfiguration{
		SocketTimeout: 2 * time.Second,
		TLSConfig:     &tls.Config{RootCAs: roots, ServerName: ServerName},
	}
}

// dial connects to a server; path is that of a URL.
func dial(t *testing.T, server, path string) thrift.TTransport {
	t.Helper()
	target := address(t, server)
	if path != "" {
		options := thrift.THttpClientOptions{Client: &http.Client{Timeout: 2 * time.Second}}
		client, err := thrift.NewTHttpClientWithOptions("http://"+target+path, options)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	config := clientConfig(t)
	if server == "APACHE_TLS" {
		return thrift.NewTSSLSocketConf(target, config)
	}
	if file, isFile := strings.CutPrefix(target, "unix://"); isFile {
		return thrift.NewTSocketFromAddrConf(unixAddress(file), config)
	}
	return thrift.NewTSocketConf(target, config)
}

type unixAddress string

func (unixAddress) Network() string  { return "unix" }
func (a unixAddress) String() string { return string(a) }

// echoes calls a method that returns its argument.
func echoes[T any](t *testing.T, method func(context.Context, T) (T, error), things ...T) {
	t.Helper()
	for _, thing := range things {
		got, err := method(t.Context(), thing)
		if err != nil || !reflect.DeepEqual(got, thing) {
			t.Errorf("got %v, %v, want %v", got, err, thing)
		}
	}
}

func callThriftTest(t *testing.T, c *thrifttest.ThriftTestClient) {
	t.Helper()
	if err := c.TestVoid(t.Context()); err != nil {
		t.Fatal(err)
	}
	echoes(t, c.TestString, "", "plain", "Afrikaans, Alemannisch, Aragonés, العربية, \u4e2d\u6587 \U0001F600 \" \\ / \b \n \r \t")
	echoes(t, c.TestBool, true, false)
	echoes(t, c.TestByte, -128, 127)
	echoes(t, c.TestI32, math.MinInt32, -1, math.MaxInt32)
	echoes(t, c.TestI64, math.MinInt64, -1<<53-1, 0, math.MaxInt64)
	echoes(t, c.TestDouble, 3.14159265358979323846, -math.MaxFloat64, 5e-324)
	echoes(t, c.TestBinary, []byte{0, 1, 0x80, 0xff})
	echoes(t, c.TestUuid, thrift.Tuuid{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff})
	thing := &thrifttest.Xtruct{StringThing: "Zero", ByteThing: 1, I32Thing: -3, I64Thing: math.MinInt64}
	echoes(t, c.TestStruct, thing)
	echoes(t, c.TestNest, &thrifttest.Xtruct2{ByteThing: 1, StructThing: thing, I32Thing: 5})
	echoes(t, c.TestMap, map[int32]int32{0: -10, 1: -9, -5: 4})
	echoes(t, c.TestStringMap, map[string]string{"a": "2", "b": "blah", "some": "thing"})
	echoes(t, c.TestSet, []int32{-2})
	echoes(t, c.TestList, []int32{-2, -1, 0, 1, 2}, []int32{})
	echoes(t, c.TestEnum, thrifttest.Numberz_ONE, thrifttest.Numberz_EIGHT)
	echoes(t, c.TestTypedef, thrifttest.UserId(309858235082523))
	callNested(t, c, thing)
	callExceptions(t, c)
}

func callOneway(t *testing.T, c *thrifttest.ThriftTestClient) {
	t.Helper()
	if err := c.TestOneway(t.Context(), 0); err != nil {
		t.Error(err)
	}
	if got, err := c.TestString(t.Context(), "oneway 0"); err != nil || got == "0" {
		t.Errorf("after a oneway call got %q, %v", got, err)
	}
}

func callNested(t *testing.T, c *thrifttest.ThriftTestClient, thing *thrifttest.Xtruct) {
	t.Helper()
	maps, err := c.TestMapMap(t.Context(), 1)
	want := map[int32]map[int32]int32{-4: {-4: -4, -3: -3, -2: -2, -1: -1}, 4: {4: 4, 3: 3, 2: 2, 1: 1}}
	if err != nil || !reflect.DeepEqual(maps, want) {
		t.Errorf("testMapMap: %v, %v", maps, err)
	}
	insane := &thrifttest.Insanity{
		UserMap: map[thrifttest.Numberz]thrifttest.UserId{thrifttest.Numberz_FIVE: 5, thrifttest.Numberz_EIGHT: 8},
		Xtructs: []*thrifttest.Xtruct{thing},
	}
	insanity, err := c.TestInsanity(t.Context(), insane)
	if err != nil || len(insanity) != 2 || !reflect.DeepEqual(insanity[1][thrifttest.Numberz_THREE], insane) ||
		insanity[2][thrifttest.Numberz_SIX] == nil {
		t.Errorf("testInsanity: %v, %v", insanity, err)
	}
	multi, err := c.TestMulti(t.Context(), 1, 2, math.MaxInt64, map[int16]string{-1: "a"}, thrifttest.Numberz_FIVE, 7)
	if err != nil || *multi != (thrifttest.Xtruct{StringThing: "Hello2", ByteThing: 1, I32Thing: 2, I64Thing: math.MaxInt64}) {
		t.Errorf("testMulti: %v, %v", multi, err)
	}
}

func callExceptions(t *testing.T, c *thrifttest.ThriftTestClient) {
	t.Helper()
	var first *thrifttest.Xception
	if err := c.TestException(t.Context(), "Xception"); !errors.As(err, &first) || first.ErrorCode != 1001 {
		t.Errorf("testException: %v", err)
	}
	var other thrift.TApplicationException
	if err := c.TestException(t.Context(), "TException"); !errors.As(err, &other) {
		t.Errorf("testException with an undeclared one: %v", err)
	}
	if err := c.TestException(t.Context(), "success"); err != nil {
		t.Errorf("testException without one: %v", err)
	}
	var second *thrifttest.Xception2
	if _, err := c.TestMultiException(t.Context(), "Xception2", "x"); !errors.As(err, &second) || second.ErrorCode != 2002 {
		t.Errorf("testMultiException: %v", err)
	}
	if got, err := c.TestMultiException(t.Context(), "success", "x"); err != nil || got.StringThing != "x" {
		t.Errorf("testMultiException without one: %v, %v", got, err)
	}
}

// TestApacheMultiplexed calls two services of one server.
func TestApacheMultiplexed(t *testing.T) {
	transport := thrift.NewTFramedTransportConf(dial(t, "APACHE_MULTIPLEX", ""), clientConfig(t))
	if err := transport.Open(); err != nil {
		t.Fatal(err)
	}
	defer transport.Close()
	protocol := thrift.NewTBinaryProtocolConf(transport, clientConfig(t))
	named := thrift.NewTMultiplexedProtocol(protocol, "SecondService")
	got, err := thrifttest.NewSecondServiceClient(thrift.NewTStandardClient(protocol, named)).SecondtestString(t.Context(), "x")
	if err != nil || got != `testString("x")` {
		t.Errorf("SecondService: %q, %v", got, err)
	}
	named = thrift.NewTMultiplexedProtocol(protocol, "ThriftTest")
	echoes(t, thrifttest.NewThriftTestClient(thrift.NewTStandardClient(protocol, named)).TestString, "first")
}
